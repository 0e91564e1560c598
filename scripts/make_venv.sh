#!/bin/sh
# Makes a virtual environment for glassnet in the folder given (default .venv).
#
# The interpreter is $PYTHON where it is set; else python3 where that is new enough, else the
# newest of the others named below. Where Debian's venv module is missing it is installed, as far
# as that is allowed; otherwise the command that installs it is printed.
set -eu

venv=${1:-.venv}
candidates=${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}

complain() {
    printf '%s\n' "$@" >&2
    exit 1
}

# Prints the version of an interpreter, such as 3.11.2, or nothing where it does not run.
version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null </dev/null || true
}

new_enough() {
    case $1 in
        3.[0-9].* | 3.10.* | [0-2].* | "") return 1 ;;
    esac
}

python=
found=
for candidate in $candidates; do
    path=$(command -v "$candidate" || true)
    [ -n "$path" ] || continue
    version=$(version_of "$path")
    if new_enough "$version"; then
        python=$path
        break
    fi
    [ -z "$version" ] || found="${found:+$found, }$version at $path"
done

if [ -z "$python" ]; then
    complain \
        "glassnet needs Python 3.11 or newer; found ${found:-none (looked for $candidates)};" \
        "install one (Debian, Ubuntu: sudo apt-get install python3.12 python3.12-venv)" \
        "or set PYTHON, for instance: make PYTHON=python3.12"
fi

# A half-made environment is worse than none.
made=no
tidy_up() {
    [ "$made" = yes ] || rm -rf "$venv"
}
trap tidy_up EXIT
trap 'exit 130' INT TERM

has_venv() {
    "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 </dev/null
}

# The Debian package that completes this interpreter: python3-venv for the system's own Python 3.
venv_package() {
    if [ "$(version_of /usr/bin/python3)" = "$version" ]; then
        echo python3-venv
    else
        echo "python${version%.*}-venv"
    fi
}

if ! has_venv; then
    package=$(venv_package)
    if [ "$(id -u)" = 0 ]; then
        sudo=
    elif sudo -n true 2>/dev/null; then
        sudo="sudo -n"
    else
        sudo=none
    fi
    command="apt-get update && sudo apt-get install -y $package"
    if [ "$sudo" = none ] || ! command -v apt-get >/dev/null; then
        complain \
            "$python has no venv module, and this user may not install it. Install it with" \
            "    sudo $command" \
            "and run make again."
    fi
    echo "$python has no venv module; installing $package"
    $sudo apt-get update -qq </dev/null
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" \
        </dev/null >/dev/null
    has_venv || complain "$package is installed, and $python still has no venv module."
fi

echo "making $venv with Python $version ($python)"
rm -rf "$venv"
"$python" -m venv "$venv"
made=yes
