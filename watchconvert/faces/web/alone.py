"""`watchconvert web`: the page by itself, while no daemon runs that would show it."""

from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.settings import Config
from watchconvert.faces.check import web_problems
from watchconvert.faces.load import find_token
from watchconvert.faces.log import make_log
from watchconvert.faces.web.child import Brief, listen_at, url_of


def show_alone(config: Config) -> None:
    """Show the page until this process is told to end.

    Raises:
        ConfigError: the configuration asks for no page, or for one that cannot be shown.
        OSError: the address cannot be had: the daemon shows the page already, perhaps.

    """
    problems = web_problems(config)
    if not config.web.listen:
        problems = [Problem("[web] listen", "is missing", 'Write where, for example listen = "127.0.0.1:8410".')]
    if problems:
        raise ConfigError(problems)
    listening, log = listen_at(config.web.listen), make_log()
    from watchconvert.faces.web.serve import serve  # noqa: PLC0415 - an extra

    brief = Brief(config, find_token(config), url_of(listening))
    log.info("web", url=brief.url)
    serve(brief, listening, log)
