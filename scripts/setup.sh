# Sourced by the two commands beside it: makes environments and installs what is pinned. Safe to run again: it does nothing
# when everything is there.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
venv="$here/.venv"
kernels="$here/.venv-kernels"

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info < (3, 14)))' 2>/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done
    say "embdrift needs Python 3.11, 3.12 or 3.13, and found none: install one, or name it with PYTHON=/path/to/python3"
    exit 1
}

# The faiss package: EMBDRIFT_FAISS (cpu, gpu or gpu-cuvs) if given, else by whether there is an NVIDIA GPU.
choose_faiss() {
    if [ -n "${EMBDRIFT_FAISS:-}" ]; then
        printf '%s' "$EMBDRIFT_FAISS"
    elif command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q GPU; then
        printf gpu
    else
        printf cpu
    fi
}

# make_environment FOLDER : an empty environment, if there is none.
make_environment() {
    [ ! -x "$1/bin/python" ] || return 0
    python=$(find_python)
    "$python" -c 'import venv, ensurepip' 2>/dev/null || {
        say "embdrift needs Python's venv module, and $python has none: install it (on Debian: apt install python3-venv)"
        exit 1
    }
    say "making $(basename "$1") with $("$python" --version)"
    "$python" -m venv "$1"
}

install_into() {
    environment=$1
    shift
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

# set_up EXTRA… : install embdrift with these extras, editable, and the faiss that suits the machine.
set_up() {
    faiss=$(choose_faiss)
    case $faiss in
    cpu | gpu) constraints="$here/scripts/constraints.txt" ;;
    gpu-cuvs) constraints="$here/scripts/constraints-gpu-cuvs.txt" ;;
    *) say "EMBDRIFT_FAISS must be cpu, gpu or gpu-cuvs, got $faiss"; exit 1 ;;
    esac
    extras=$(IFS=,; printf '%s' "$*"),$faiss
    wanted=$(cat "$here/pyproject.toml" "$here"/scripts/constraints*.txt | cksum)" $extras"
    if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/embdrift-installed" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    make_environment "$venv"
    say "installing embdrift with [$extras]; the first time takes a few minutes"
    # torch comes first, on its own and pinned, so that no other package can pull in another build of it.
    install_into "$venv" -c "$constraints" torch
    install_into "$venv" -c "$constraints" -e "$here[$extras]"
    printf '%s\n' "$wanted" >"$venv/embdrift-installed"
}

# set_up_kernels : what interprets and compiles the CUDA kernels without a GPU, pinned, in an environment of its own.
set_up_kernels() {
    pins="$here/scripts/constraints-triton.txt"
    wanted=$(cksum <"$pins")
    if [ -x "$kernels/bin/python" ] && [ "$(cat "$kernels/embdrift-installed" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    make_environment "$kernels"
    say "installing Triton and what its interpreter needs"
    # torch may ask for another Triton than the one that is pinned: first it, with what it needs, then exactly the pins.
    install_into "$kernels" "$(grep '^torch==' "$pins")"
    install_into "$kernels" --no-deps -r "$pins"
    printf '%s\n' "$wanted" >"$kernels/embdrift-installed"
}
