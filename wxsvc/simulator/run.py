"""The simulator on its own, for a product that somebody starts beside it."""

import threading

from wxsvc.simulator import texts
from wxsvc.simulator.simulator import Simulator


def run(
    port: int,
    callback_url: str,
    *,
    app_id: str,
    app_secret: str,
    token: str,
    aes_key: str = "",
    mode: str = "safe",
    product_url: str | None = None,
) -> None:
    """Serve until Ctrl-C, with three actors whose openids come from their names; print the address."""
    sim = Simulator(callback_url, app_id, app_secret, token, aes_key, mode, product_url=product_url)
    with sim.start(port):
        for actor in texts.ACTORS:
            sim.add_actor(actor["title"], sim.account.people.openid_of(actor["name"]), actor["name"], follows=False)
        print(sim.base_url, flush=True)  # noqa: T201
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return
