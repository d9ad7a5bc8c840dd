"""Pure business arithmetic: what the law and the policies say, without a database and without a page."""
