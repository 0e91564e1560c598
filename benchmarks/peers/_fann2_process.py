"""fann2, FANN's Python binding, in whichever Python has it: ``python _fann2_process.py FOLDER``.

Lines come in, ``train 100``, ``rows 100``, ``run 100`` or ``save``, and one goes out when that is
done. Nothing but the standard library is used, for the system's own Python may have nothing else.
"""

import importlib.util
import os
import sys

DEBIAN = "/usr/lib/python3/dist-packages/fann2"


def binding():
    """Import fann2, also where only the system's own Python has it on its path."""
    try:
        from fann2 import libfann
    except ImportError:
        start = os.path.join(DEBIAN, "__init__.py")
        found = importlib.util.spec_from_file_location(
            "fann2", start, submodule_search_locations=[DEBIAN]
        )
        sys.modules["fann2"] = importlib.util.module_from_spec(found)
        from fann2 import libfann
    return libfann


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    libfann, folder = binding(), sys.argv[1]
    net, data = libfann.neural_net(), libfann.training_data()
    net.create_from_file(os.path.join(folder, "start.net"))
    data.read_train_from_file(os.path.join(folder, "rows.data"))
    pairs = [
        list(map(list, pair)) for pair in zip(data.get_input(), data.get_output(), strict=True)
    ]
    row = pairs[0][0]
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        what, count = line.split()
        if what == "train":
            net.train_on_data(data, int(count), 0, -1.0)
        elif what == "rows":
            teach = net.train
            for _ in range(int(count)):
                for x, y in pairs:
                    teach(x, y)
        elif what == "run":
            ask = net.run
            for _ in range(int(count)):
                ask(row)
        else:
            net.save(os.path.join(folder, "end.net"))
        print(*net.run(row), file=answers, flush=True)


main()
