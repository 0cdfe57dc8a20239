"""公布: the documents of a year — who asks for which (``wanted``), and what each says in which words.

Pages and ``wxsvc export`` hand the same file out. What a document says is read by ``services.reports`` in one snapshot,
how it looks is ``documents``'; here the two meet.
"""
