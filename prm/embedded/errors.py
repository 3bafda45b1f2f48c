"""What goes wrong with the embedded servers, told to a person."""


class EmbeddedError(Exception):
    """A server cannot be started; the message says what to do about it."""
