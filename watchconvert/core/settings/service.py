"""[service]: where and how conversions are asked for."""

from dataclasses import dataclass

from watchconvert.core.budget import NO_LIMIT, Budget
from watchconvert.core.cadence import DOUBT_PAUSE
from watchconvert.core.keys import Key
from watchconvert.core.settings.money import BUDGET, BUDGET_HELP
from watchconvert.core.values import LOOPBACK, PORT, check, choice, duration, path_of, text_like, whole_number

LOCAL = "local"
"""The service URL that stands for the built-in server."""

_HOST_AND_BASE = r"[^/@ ?#\\\u0000-\u001f]+(?:/[^ ?#\\\u0000-\u001f]*)?"
_ADDRESS = rf"https://{_HOST_AND_BASE}|http://{LOOPBACK}(?:/[^ ?#\\\u0000-\u001f]*)?"
_PUBLIC = check(
    text_like('an "https://…" address', _ADDRESS, lambda text: text.rstrip("/"), 'Write the "https://…" address'),
    str.isprintable,
)
_SERVICE = check(
    text_like(
        'an address, "https://…" (http only for this machine itself), or "local" for the built-in server',
        rf"{_ADDRESS}|{LOCAL}/*",
        lambda text: text.rstrip("/"),
    ),
    str.isprintable,
)
_LISTEN = text_like("host and port", rf"[^\u0000-\u0020]+:{PORT}", str, how="Write host:port")
MODE = choice(
    {
        "semi-async": "the request is held open until the result is there; the job is asked about if it takes longer",
        "async": "the request is let go and the job is asked about; differs in the old dialect alone",
        "webhook": "as `async`, and the service calls when a job is over, so that it is asked about at once",
    }
)


@dataclass(frozen=True)
class Service:
    """Where and how conversions are asked for."""

    url: str = Key(
        _SERVICE,
        'Where conversions are done; `"local"` is the built-in server, which the daemon then starts and ends itself. '
        "`http://` is for this machine alone.",
        default="https://v2.convertapi.com",
        lasting=True,
        remedy='Write "https://…" (http only for this machine itself), or "local" for the built-in server.',
    ).told()
    secret_file: str | None = Key(
        path_of("a file that holds the secret"),
        "A file with the account's secret on its only line, mode 0600. Without it: the systemd credential "
        '"convertapi-secret", then $CONVERTAPI_SECRET. Not needed with `url = "local"`.',
        usual="the credential, or the variable",
        example="/etc/watchconvert/secret",
    ).told()
    dialect: str = Key(
        choice(
            {
                "old": "as it was until 2022",
                "current": "as it is documented now",
                "auto": 'found out at the first conversion; with `url = "local"` the old one',
            }
        ),
        "Which way the service is spoken to (docs/contract.md).",
        default="auto",
        lasting=True,
    ).told()
    mode: str = Key(
        MODE,
        "How conversions are asked for. A route may have a mode of its own.",
        default="semi-async",
    ).told()
    auth: str = Key(
        choice({"header": "", "query": "as the old dialect also takes it; proxies may log it"}),
        "Where the secret goes.",
        default="header",
        lasting=True,
        remedy='Use "header", or "query" with the old dialect.',
    ).told()
    webhook_url: str = Key(
        _PUBLIC,
        'For `mode = "webhook"`: the address that the service is to call. A reverse proxy hands what comes below it to '
        "`webhook_listen`; the daemon adds a path that nobody can guess.",
        absent="",
        usual="none",
        example="https://files.example.org/convertapi",
        lasting=True,
        remedy='Write the "https://…" address that the service is to call.',
    ).told()
    webhook_listen: str = Key(
        _LISTEN,
        "Where the daemon listens for these calls, behind a reverse proxy.",
        default="127.0.0.1:8788",
        lasting=True,
    ).told()
    hold: float = Key(
        duration("1s", "20m"),
        "How long a held request stays open before the job is asked about instead.",
        default="60s",
    ).told()
    timeout: float = Key(
        duration("10s", "20m"),
        "How long the service may take for one conversion.",
        default="15m",
    ).told()
    doubt: float = Key(
        duration("1s", "10m"),
        "How long a job that was sent may still turn up at the service before it is sent once more. At most a second "
        'with `url = "local"`.',
        default=f"{DOUBT_PAUSE:.0f}s",
    ).told()
    low_balance: int = Key(
        whole_number(0, 10**9),
        "Conversions left on the account below which a warning is given, where the service tells; 0 for none.",
        default=0,
        remedy="Write a whole number of conversions; 0 for no warning.",
    ).told()
    budget: Budget = Key(
        BUDGET,
        "What all routes together may spend in a day, a month or both, in the unit in which the service tells costs. "
        "When it is used up, files stay in their inboxes until midnight, or until the next month (docs/operating.md, "
        '"Budgets").',
        absent=NO_LIMIT,
        usual="no limit",
        example={"day": 500, "month": 5000},
        remedy=BUDGET_HELP,
    ).told()

    @property
    def is_local(self) -> bool:
        """Whether the daemon starts the built-in server as its child."""
        return self.url == LOCAL
