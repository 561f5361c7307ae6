#!/bin/sh
# Makes a virtual environment with a Python that is new enough, or says what to install.
# Usage: sh tools/make_venv.sh FOLDER [PYTHON]
set -eu

venv=$1
wanted=${2:-}
candidates=${wanted:-python3 python3.14 python3.13 python3.12 python3.11 python}

sudo=; [ "$(id -u 2>/dev/null || echo 0)" = 0 ] || sudo="sudo "

say() { printf '%s\n' "$*" >&2; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
can_make_venvs() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }

chosen= incomplete= too_old=
for python in $candidates; do
  if ! is_new_enough "$python"; then
    found=$(version "$python") && too_old="$too_old $python is $found;"
  elif can_make_venvs "$python"; then
    chosen=$python
    break
  else
    incomplete=${incomplete:-$python}
  fi
done

if [ -z "$chosen" ] && [ -n "$incomplete" ]; then
  say "Your $incomplete is new enough, but its venv module is not installed."
  if command -v apt-get >/dev/null 2>&1; then
    say "On this system:  ${sudo}apt-get install python$(version "$incomplete")-venv"
  else
    say "Install it with your system's packages: on Debian and Ubuntu it is called"
    say "python$(version "$incomplete")-venv; elsewhere it mostly comes with Python's own package."
  fi
  say "Then run the same command again."
  exit 1
fi

if [ -z "$chosen" ]; then
  say "als-bot needs Python 3.11 or newer.${too_old:+ Found:${too_old%;}.}"
  [ -z "$wanted" ] || [ -n "$too_old" ] || say "$wanted does not start."
  say "Install one:"
  say "  Debian, Ubuntu   ${sudo}apt-get install python3 python3-venv"
  say "  Fedora           ${sudo}dnf install python3"
  say "  macOS            brew install python"
  say "If you have one elsewhere, name it:  make demo PYTHON=/path/to/python3"
  exit 1
fi

say "Making $venv with Python $(version "$chosen") ..."
rm -rf "$venv"
"$chosen" -m venv "$venv" || {
  rm -rf "$venv"
  say "Python could not make the folder $venv; its message is above."
  exit 1
}
