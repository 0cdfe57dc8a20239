"""The simulator on its own, for a product that somebody starts beside it."""

import threading

from wxsvc.simulator import texts
from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.simulator import Simulator


def run(port: int, callback_url: str, credentials: Credentials) -> None:
    """Serve until Ctrl-C, with three phones whose openids come from their owners' names; print the address."""
    sim = Simulator(callback_url, credentials)
    with sim.start(port):
        for owner in texts.OWNERS:
            sim.show_phone(owner["title"], sim.account.people.openid_of(owner["name"]), owner["name"], follows=False)
        print(sim.base_url, flush=True)  # noqa: T201
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return
