"""The program: `costcalc`, or `python -m costcalc`."""


def run() -> None:
    """Run the command line, with a collector of cycles that a short run never wakes: importing makes no garbage."""
    import gc

    gc.set_threshold(100_000)
    from costcalc.cli import main

    try:
        main(prog_name="costcalc")
    finally:
        gc.freeze()  # so that ending the process looks for no garbage either


if __name__ == "__main__":
    run()
