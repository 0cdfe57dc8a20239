"""The regulation (评价指标体系): what a platform's year is worth, when its filings are due, and why.

Pure and standard library only. Facts are handed over as a :class:`scoring.tally.Tally`, working days as a
:class:`scoring.calendar.Calendar`; nothing here knows a database, a clock or WeChat. A walk through the rooms:

- ``regulation.md`` is the text, ``schemes/*.toml`` the text as data, ``words.toml`` every Chinese sentence we say;
- ``terms`` names things; ``rules`` are the four ways to give points; ``scheme`` is one table that agrees with itself,
  ``scheme_files`` finds the one in force;
- ``tally`` is what was done, ``readings`` how open sentences are read, ``scorecard`` what it is worth and
  ``workings`` why, ``coach`` the next gain;
- ``calendar`` knows working days, ``deadlines`` what is due when, ``filings`` whether it came in time;
- ``evidence`` is annex 2: the proofs each kind hands in and the outline of the yearly summary;
- ``uscc`` checks the 18-character code that makes one enterprise one enterprise.
"""
