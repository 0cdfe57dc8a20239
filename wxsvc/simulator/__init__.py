"""A simulated WeChat for the demo and the tests. It imports nothing of the product.

``Simulator`` serves it in a script; ``run`` keeps one open until Ctrl-C. See README.md in this folder.
"""

from wxsvc.simulator.credentials import Credentials
from wxsvc.simulator.phone import Phone
from wxsvc.simulator.reply import Reply
from wxsvc.simulator.run import run
from wxsvc.simulator.simulator import Simulator

__all__ = ["Credentials", "Phone", "Reply", "Simulator", "run"]
