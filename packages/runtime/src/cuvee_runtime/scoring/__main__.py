"""`python -m cuvee_runtime.scoring`."""

from cuvee_runtime.scoring.command import main

if __name__ == "__main__":
    main()
