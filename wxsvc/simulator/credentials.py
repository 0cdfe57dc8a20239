"""What an operator enters in the account's console, and the two sides share."""

from dataclasses import dataclass

from wxsvc.simulator import texts

MODES = ("plain", "compatible", "safe")


@dataclass(frozen=True)
class Credentials:
    """Secrets and names of one account; ``mode`` decides how pushes are wrapped."""

    app_id: str
    app_secret: str
    token: str
    aes_key: str = ""
    mode: str = "safe"
    account_id: str = "gh_0123456789ab"
    """ToUserName of every push."""
    kind: str = "service_verified"
    """One of the rows of ``data/capabilities.toml``."""
    account_name: str = texts.ACCOUNT
    """What stands above the chat."""

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        if self.mode != "plain" and len(self.aes_key) != 43:
            raise ValueError("compatible and safe mode need an EncodingAESKey of 43 characters")
