"""``python -m prm.embedded start|stop``: the servers by hand, without Django."""

import sys

from prm import embedded


def main(arguments: list[str]) -> int:
    """Start or stop the servers of ``PRM_VAR``; returns the exit code."""
    place = embedded.Place(embedded.var_folder())
    try:
        match arguments:
            case ["start"]:
                embedded.start(place)
                print(f"The servers in {place.folder} are running.")
            case ["stop"]:
                stopped = embedded.stop(place)
                print(f"Stopped in {place.folder}: {', '.join(stopped) or 'nothing was running'}.")
            case _:
                print("usage: python -m prm.embedded start|stop", file=sys.stderr)
                return 2
    except embedded.EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
