"""How the daemon reaches the service: the address, the secret, and where the service may call back."""

from dataclasses import dataclass

from watchconvert.adapters.convertapi.http import Http
from watchconvert.core.settings import Config
from watchconvert.faces.load import find_secret
from watchconvert.faces.log import hide


@dataclass(frozen=True)
class Link:
    """What holds for a whole life of the daemon; the secret alone may change."""

    url: str
    own_secret: str = ""
    """The secret of the built-in server as our child; empty with any other service."""
    webhook: str = ""
    """The address that the service is to call; empty for none."""

    def find_secret(self, config: Config) -> str:
        """Return the secret of the account.

        Raises:
            ConfigError: there is none, or others may read it.

        """
        return self.own_secret or find_secret(config)

    def open(self, config: Config, secret: str) -> Http:
        """Return what speaks to the service by a secret; the log leaves out what it could tell of it from now on."""
        hide(secret)
        hide(self.webhook.rpartition("/")[2])
        return Http(self.url, secret, auth=config.service.auth)
