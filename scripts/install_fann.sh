#!/bin/sh
# Install FANN and its Python binding where that is one command away; else say how. Never fails.
if ldconfig -p 2>/dev/null | grep -q libdoublefann && [ -d /usr/lib/python3/dist-packages/fann2 ]; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "installing FANN"
    apt-get install -y -qq libfann2 python3-fann2 >/dev/null 2>&1 ||
        echo "FANN cannot be installed here; the benchmarks leave it out"
else
    echo "FANN is not installed, so the benchmarks leave it out; on Debian and Ubuntu:"
    echo "    sudo apt-get install libfann2 python3-fann2"
fi
exit 0
