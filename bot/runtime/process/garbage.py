"""What lives as long as the process is not looked through for garbage again and again."""

import gc


def settle_in() -> None:
    """To be called once, when everything is imported and connected.

    A full collection walks every object there is, and the libraries' half a million of them stop the
    loop for more than 100 ms each time. What is there now stays; only what comes is walked.
    """
    gc.freeze()
