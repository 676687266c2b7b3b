"""The errors that embdrift raises on purpose, each with a message of one sentence for the person at the keyboard.

* EmbdriftError
  * InputError: a file, a vector, an id or an option is not as it must be; the command line exits with 2
  * StorageError: a folder cannot be written or a disk is full; the command line exits with 1
"""


class EmbdriftError(Exception):
    """Anything that embdrift can say in one sentence."""


class InputError(EmbdriftError, ValueError):
    """What the user handed in breaks a rule; the message names the thing, the rule, the value and the next step."""


class StorageError(EmbdriftError, OSError):
    """A result could not be written; finished work is kept, and the message says where."""
