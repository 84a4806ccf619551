"""User-facing errors: a one-line message with the problem and how to fix it."""


class SvhnlabError(Exception):
    """A failure at run time; the command line exits with status 1."""

    exit_code = 1


class InputError(SvhnlabError):
    """Invalid user input (a file, a setting, a name); the command line exits with status 2."""

    exit_code = 2
