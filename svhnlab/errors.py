"""Errors that are meant for the user: one line that says what is wrong and what to do next."""


class SvhnlabError(Exception):
    """Something failed while running; the command line exits with status 1."""

    exit_code = 1


class InputError(SvhnlabError):
    """The user's input (a file, a setting, a name) can't be used; the command line exits with status 2."""

    exit_code = 2
