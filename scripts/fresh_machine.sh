#!/bin/bash
# Tries the make targets on a fresh machine: a bare Debian in a folder, with a clean clone.
#
#   scripts/fresh_machine.sh FOLDER [MIRROR [TARGET...]]
#
# FOLDER   holds the bare system; made by debootstrap where it is missing and never changed after.
#          What runs is a copy of it beside, FOLDER.run, made anew each time.
# MIRROR   where debootstrap fetches from (default http://deb.debian.org/debian; "" for the same).
# TARGET   what make is asked for (default: demo test). A target such as demo,test is two of them
#          in one call of make; "-" only makes the folder.
#
# SUITE (default bookworm) names the release. AS=user runs as a user who may not install anything.
# Needs root, debootstrap and util-linux. The commit checked out here is what is tried.
set -euo pipefail

if [ $# -lt 1 ] || [ "$1" = --help ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
fi
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    echo "needs root and debootstrap: apt-get install -y debootstrap" >&2
    exit 2
fi

# In a mount namespace of its own: nothing stays mounted, however this ends.
if [ "${FRESH_MACHINE_INSIDE:-}" != yes ]; then
    FRESH_MACHINE_INSIDE=yes exec unshare --mount --propagation private "$0" "$@"
fi

repo=$(cd "$(dirname "$0")/.." && pwd)
bare=$(realpath -m "$1")
mirror=${2:-http://deb.debian.org/debian}
targets=("${@:3}")
[ ${#targets[@]} -gt 0 ] || targets=(demo test)
suite=${SUITE:-bookworm}
run=$bare.run

if [ ! -e "$bare/etc/fresh-machine" ]; then
    rm -rf --one-file-system "$bare"
    debootstrap --variant=minbase --include=python3,git,make,ca-certificates \
        "$suite" "$bare" "$mirror" >"$bare.log" 2>&1 || { tail "$bare.log"; exit 1; }
    echo "$suite" >"$bare/etc/fresh-machine"
fi
[ "${targets[0]}" != - ] || exit 0

rm -rf --one-file-system "$run"
cp -a --reflink=auto "$bare" "$run"
mount -t proc proc "$run/proc"
mkdir -p "$run/dev/shm" "$run/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$run/dev/pts"
ln -sf pts/ptmx "$run/dev/ptmx"
mount -t tmpfs tmpfs "$run/dev/shm"

# This machine's way to the network: names, certificates, what apt is told, what pip is told.
cp -L /etc/resolv.conf /etc/hosts "$run/etc/"
for folder in /etc/ssl/certs /usr/local/share/ca-certificates; do
    [ ! -d $folder ] || { mkdir -p "$run$folder" && cp -LR $folder/. "$run$folder/" 2>/dev/null; } || true
done
grep -l '^Acquire::' /etc/apt/apt.conf.d/* 2>/dev/null |
    xargs -r cp -t "$run/etc/apt/apt.conf.d/"

# pip's settings become one file in there; the folders they point at are shown read-only.
python3 - "$run/etc/pip.conf" >"$run.folders" <<'PYTHON'
import ast, configparser, os, pathlib, re, subprocess, sys

listed = subprocess.run(
    [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True
).stdout
settings = configparser.RawConfigParser()
values = [value for name, value in os.environ.items() if name.startswith("PIP_")]
for line in listed.splitlines():
    key, _, value = line.partition("=")
    section, _, option = key.partition(".")
    if section.startswith(":"):  # a variable, handed over as one
        continue
    value = ast.literal_eval(value)
    if not settings.has_section(section):
        settings.add_section(section)
    settings.set(section, option, value)
    values.append(value)
with open(sys.argv[1], "w") as file:
    settings.write(file)

folders = set()
for word in " ".join(values).split():
    path = pathlib.Path(re.sub("^file://", "", word))
    if path.is_absolute() and path.is_dir():
        # The pages of an index in a folder point to files beside it.
        folders.add(path.parent if word.startswith("file:") else path)
print(*sorted(folders), sep="\n")
PYTHON
while read -r folder; do
    [ -n "$folder" ] || continue
    mkdir -p "$run$folder"
    mount --bind -o ro "$folder" "$run$folder"
done <"$run.folders"
rm "$run.folders"

variables=(
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    "LANG=C.UTF-8" "TERM=${TERM:-dumb}"
)
while IFS= read -r -d '' variable; do
    case ${variable%%=*} in
        PIP_* | SSL_CERT_* | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE | GIT_SSL_CAINFO | *_proxy | *_PROXY)
            variables+=("$variable") ;;
    esac
done < <(env -0)

if [ "${AS:-root}" = root ]; then
    home=/root
    as=()
else
    chroot "$run" useradd --create-home "$AS"
    home=/home/$AS
    as=("--userspec=$AS:$AS")
fi
git clone --quiet --no-local "$repo" "$run$home/glassnet"
[ "${AS:-root}" = root ] || chroot "$run" chown -R "$AS:$AS" "$home"

status=0
for target in "${targets[@]}"; do
    echo "== make ${target//,/ } in a fresh $suite, commit $(git -C "$repo" rev-parse --short HEAD)"
    started=$SECONDS
    # shellcheck disable=SC2086
    chroot "${as[@]}" "$run" env -i "HOME=$home" "${variables[@]}" \
        make -C "$home/glassnet" --no-print-directory ${target//,/ } </dev/null || status=$?
    echo "== make ${target//,/ }: exit $status after $((SECONDS - started)) s"
    [ $status = 0 ] || break
done
echo "what it left is in $run$home/glassnet"
exit $status
