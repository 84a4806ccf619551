"""User-facing errors: a one-line message with the problem and how to fix it."""

from svhnlab.printable import printable


class SvhnlabError(Exception):
    """A failure at run time; the command line exits with status 1.

    The text is printable, whatever file names and values it quotes.
    """

    exit_code = 1

    def __str__(self) -> str:
        return printable(super().__str__())


class InputError(SvhnlabError):
    """Invalid user input (a file, a setting, a name); the command line exits with status 2."""

    exit_code = 2
