"""wxsvc: a province's window platforms (窗口平台) on WeChat. A tour of the house, from the door to the cellar.

**Who comes in.** WeChat tells us what happens through ``chat`` (a scan, a tap, a picture); people open ``pages``
inside WeChat or on a desk; other systems read ``api``; operators type ``cli`` with its ``commands``. ``access`` asks
each visitor who they are and what they may (``role_choice``: in which of their roles they act).

**What is done.** ``services`` are the use cases, one noun per file: they read and write rows of ``models`` and never
wait for a network. A scan is ``services.door.checkins``: read it first. What counts is recounted from the rows by
``services.counting`` and weighed by ``scoring``, the regulation as data.

**What happens by itself.** ``worker`` folds scores and carries out what must be asked of WeChat through ``wechat``;
its timetable is one table. ``checks`` ask whether all is in order.

**What people read.** Every sentence stands in ``templates``, filled by ``wording``; ``documents`` say the same in Word
and Excel; ``publishing`` makes the papers of a year.

**What holds it together.** ``house`` has the parts of one process, ``app`` joins them to the web, ``serving`` runs
them (``granian_server``, ``waitress_server``) within the limits of ``request_bodies``, ``settings`` refuses to start
half-configured, ``db`` gives transactions (a scan's by ``group_commit`` and ``hot_statements``, a fold's queries by
``plain_rows``, both by ``driver_cursors``; ``database_encoding`` refuses one that keeps no Chinese), ``queries`` has
what queries share, ``vault`` encrypts with ``keys``,
``files`` keeps photos and papers, ``uploads`` tells what a file is and ``texts`` what a text says, ``observe`` logs
and counts, ``garbage`` is collected once a process has started, ``given_files`` are read by commands.

**Where to try it.** ``simulator`` is a pretend WeChat that knows nothing of us; ``demo`` seeds a province and plays a
story in it.

Imports run one way, top down as in ``pyproject.toml``; each package's README says what belongs there and why.
"""
