"""The command ``svhnlab``: a thin wrapper around the package.

Slow imports (torch, scikit-learn) are inside the commands that need them, which keeps help, status and a second
``train`` fast. Exit status: 0 success, 1 failure, 2 invalid usage or input.
"""

from __future__ import annotations

import io
import sys
import traceback

import click

import svhnlab
from svhnlab.cli.ablation import ablation
from svhnlab.cli.check import check
from svhnlab.cli.data import data
from svhnlab.cli.evaluate import evaluate
from svhnlab.cli.export import export
from svhnlab.cli.images import images
from svhnlab.cli.import_ import import_
from svhnlab.cli.init import init
from svhnlab.cli.options import debug_option, say_error
from svhnlab.cli.predict import predict
from svhnlab.cli.publish import publish
from svhnlab.cli.report import report
from svhnlab.cli.status import status
from svhnlab.cli.train import train
from svhnlab.cli.verdicts import verdicts
from svhnlab.cli.verify import verify
from svhnlab.errors import SvhnlabError


@click.group(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.version_option(svhnlab.__version__, prog_name="svhnlab")
@debug_option
def cli() -> None:
    """Train digit classifiers on SVHN and report what they get wrong, and why."""


for command in (
    init,
    data,
    train,
    images,
    import_,
    ablation,
    status,
    evaluate,
    predict,
    export,
    report,
    verdicts,
    publish,
    verify,
    check,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; report each error in one line with the next step."""
    debug = "--debug" in sys.argv[1:]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal or file that can't show every character gets "?"
            stream.reconfigure(errors="replace")
    try:
        sys.exit(cli.main(standalone_mode=False, prog_name="svhnlab"))
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see {context.command_path} --help)" if context else ""
        say_error(f"Error: {error.format_message()}{hint}")
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say_error("Stopped. The same command resumes a training after its last complete epoch.")
        sys.exit(130)  # the shell's exit status for an interrupt
    except SvhnlabError as error:
        if debug:
            _show_traceback()
        say_error(f"Error: {error}")
        sys.exit(error.exit_code)
    except OSError as error:
        if debug:
            _show_traceback()
        where = f" ({error.filename})" if error.filename else ""
        say_error(f"Error: {error.strerror or error}{where}; check permissions and free disk space.")
        sys.exit(1)
    except Exception as error:
        if debug:
            _show_traceback()
        text = " ".join(str(error).split())
        say_error(f"Error: {type(error).__name__}: {text} (run again with --debug for the traceback)")
        sys.exit(1)


def _show_traceback() -> None:
    for line in traceback.format_exc().splitlines():
        say_error(line)
