#!/bin/sh
# Installs stanch for this user and puts its hooks into a repository. Run it again to update.
#
# Builds from the checkout it stands in, with cargo; or takes a release archive, whose SHA-256 it checks
# before unpacking, and needs no Rust then. Writes below the prefix and into the repository; a build writes
# into target/ of the checkout and into cargo's folder too.
set -eu

usage() {
  cat <<'HELP'
install.sh [OPTIONS] [REPOSITORY]

Builds stanch from this checkout, installs it, and puts its hooks into REPOSITORY,
or into the repository you stand in.

  --archive FILE|URL   take a release archive (.tar.gz) instead of building
  --checksum SHA256    its SHA-256, in hexadecimal; required with --archive
  --prefix DIR         install into DIR/bin (default: $STANCH_PREFIX, else ~/.local)
  --no-hook            install the program only
  --uninstall          take the hooks out of REPOSITORY and remove the program
  --help               show this
HELP
}

say() { printf '%s\n' "$*"; }

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  next: %s\n' "$2" >&2
  exit 2
}

# Leaves the absolute path of folder $1 in $folder, trailing line feeds and all.
resolve() {
  folder=$(CDPATH='' cd -- "$1" && pwd && printf x) || fail "cannot enter the folder $1"
  folder=${folder%??}
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
  else
    fail "no program here can compute a SHA-256" "install sha256sum, shasum or openssl"
  fi
}

unpack() {
  case $archive in
    https://*)
      say "fetching $archive"
      if command -v curl >/dev/null 2>&1; then
        curl --proto '=https' --tlsv1.2 -sSfL -o "$work/archive" -- "$archive" || fail "cannot fetch $archive"
      elif command -v wget >/dev/null 2>&1; then
        wget -q -O "$work/archive" -- "$archive" || fail "cannot fetch $archive"
      else
        fail "neither curl nor wget is here" "download the archive and name the file"
      fi
      ;;
    *://*) fail "$archive: only https:// is fetched" ;;
    *) cp -- "$archive" "$work/archive" || fail "cannot read $archive" ;;
  esac
  wanted=$(printf %s "$checksum" | tr 'A-F' 'a-f')
  found=$(sha256 "$work/archive")
  [ "$found" = "$wanted" ] || fail "the archive's SHA-256 is $found, not $wanted; nothing was unpacked" \
    "download it again, and compare with the checksum published beside it"
  mkdir "$work/unpacked"
  tar -xzf "$work/archive" -C "$work/unpacked" || fail "cannot unpack $archive"
  built=$(find "$work/unpacked" -type f -name stanch | head -n 1)
  [ -n "$built" ] || fail "there is no program named stanch in $archive"
}

build() {
  resolve "$(dirname -- "$0")"
  source=$folder
  if [ ! -f "$source/Cargo.toml" ] || [ ! -f "$source/rules.yaml" ]; then
    fail "there is no checkout of stanch around $0" "clone it and run install.sh there, or use --archive"
  fi
  [ -z "${CARGO_HOME:-${HOME:-}}" ] || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  command -v cargo >/dev/null 2>&1 ||
    fail "cargo is not here, and this builds from source" "install Rust (https://rustup.rs), or use --archive"
  say "building stanch in $source (a few minutes the first time)"
  (cd -- "$source" && cargo build --release --locked --quiet --bin stanch) || fail "the build failed"
  built=${CARGO_TARGET_DIR:-$source/target}/release/stanch
  case $built in /*) ;; *) built=$source/$built ;; esac
  [ -f "$built" ] || fail "cargo left no program at $built" "unset CARGO_BUILD_TARGET and the like, and try again"
}

place() {
  mkdir -p -- "$bin" || fail "cannot make the folder $bin" "choose another with --prefix DIR"
  # Renamed into place: a hook that runs at this moment meets the old program or the new one.
  waiting=$bin/.stanch-new-$$
  if ! { cp -- "$built" "$waiting" && chmod 755 "$waiting"; }; then
    rm -f -- "$waiting"
    fail "cannot write to $bin" "choose another folder with --prefix DIR"
  fi
  # Tried before it takes the place of one that works.
  if ! version=$("$waiting" --version); then
    rm -f -- "$waiting"
    fail "the program from ${archive:-this build} does not run on this machine; nothing was replaced" \
      "take the archive for $(uname -s) on $(uname -m)"
  fi
  mv -f -- "$waiting" "$bin/stanch" || fail "cannot replace $bin/stanch"
  say "installed $version as $bin/stanch"
}

# Leaves the repository to put the hooks into in $repository, empty where there is none; with one named, there
# has to be.
find_repository() {
  if ! command -v git >/dev/null 2>&1; then
    [ "$action" = uninstall ] || fail "git is not here" "install git, or use --no-hook"
    say "git is not here, so no hook was taken out"
    repository=''
  elif [ -n "$repository" ]; then
    resolve "$repository"
    repository=$folder
    git -C "$repository" rev-parse --git-dir >/dev/null || fail "$repository is not a git repository"
  elif git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    repository=$PWD
  fi
}

# Programs that every system has are there, unless PATH is empty.
want() {
  for program in "$@"; do
    command -v "$program" >/dev/null 2>&1 ||
      fail "$program is not found in PATH" "set PATH to the folders of the system's programs"
  done
}

# What can be known at once is not found out after a long build.
check() {
  want chmod cp dirname find head mkdir mv tr
  folder=$bin
  while [ ! -e "$folder" ]; do folder=$(dirname -- "$folder"); done
  if [ ! -d "$folder" ] || [ ! -w "$folder" ]; then
    fail "cannot write to $folder" "choose another folder with --prefix DIR"
  fi
  [ "$hook" = no ] || find_repository
}

install() {
  check
  if [ -n "$archive" ]; then unpack; else build; fi
  place
  case :$PATH_BEFORE: in
    *":$bin:"*) ;;
    *) say "to call it by name, add this to your shell's profile: export PATH=\"$bin:\$PATH\"" ;;
  esac
  if [ "$hook" = no ]; then
    say "no hook was installed; in a repository, run: stanch install"
  elif [ -n "$repository" ]; then
    say "hooks for $repository:"
    (cd -- "$repository" && "$bin/stanch" install)
  else
    say "no hook was installed, since this is not inside a git repository; in one, run: stanch install"
  fi
}

uninstall() {
  [ -x "$bin/stanch" ] || fail "there is no program $bin/stanch" "name its prefix with --prefix DIR"
  find_repository
  if [ -n "$repository" ]; then
    say "hooks of $repository:"
    (cd -- "$repository" && "$bin/stanch" uninstall)
  fi
  rm -f -- "$bin/stanch"
  say "removed $bin/stanch; hooks of other repositories that name it now stop commits there until you run"
  say "this again, or remove them (.git/hooks/pre-commit, pre-merge-commit, pre-applypatch, pre-push)"
}

main() {
  prefix=${STANCH_PREFIX:-}
  archive='' checksum='' repository='' hook=yes action=install PATH_BEFORE=${PATH:-}
  while [ $# -gt 0 ]; do
    case $1 in
      --archive | --checksum | --prefix)
        [ $# -ge 2 ] || fail "$1 wants a value"
        case $1 in
          --archive) archive=$2 ;;
          --checksum) checksum=$2 ;;
          --prefix) prefix=$2 ;;
        esac
        shift
        ;;
      --archive=*) archive=${1#*=} ;;
      --checksum=*) checksum=${1#*=} ;;
      --prefix=*) prefix=${1#*=} ;;
      --no-hook) hook=no ;;
      --uninstall) action=uninstall ;;
      --help | -h) want cat && usage && return ;;
      -*) fail "there is no option $1" "install.sh --help" ;;
      *)
        [ -z "$repository" ] || fail "only one repository can be named"
        repository=$1
        ;;
    esac
    shift
  done
  if [ -z "$prefix" ]; then
    [ -n "${HOME:-}" ] || fail "HOME is not set" "name a folder with --prefix DIR"
    prefix=$HOME/.local
  fi
  case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
  bin=$prefix/bin
  [ -z "$archive" ] || [ -n "$checksum" ] || fail "--archive wants --checksum too: nothing is unpacked unverified"
  [ -z "$checksum" ] || [ -n "$archive" ] || fail "--checksum is that of an archive, and no --archive is named"
  [ -z "$repository" ] || [ -d "$repository" ] || fail "there is no folder $repository"
  want mktemp rm
  work=$(mktemp -d "${TMPDIR:-/tmp}/stanch-install.XXXXXX") || fail "cannot make a temporary folder"
  trap 'rm -rf -- "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  "$action"
}

main "$@"
