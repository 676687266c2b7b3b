# Sourced by scripts/test: makes promtool, prometheus and its node exporter available to the tests of metrics.prom and
# the alerts. Takes the system's where there are any, else unpacks Debian's packages below .venv; no root is needed.

prometheus_tools=$venv/prometheus/usr/bin

have_prometheus() {
    command -v promtool >/dev/null 2>&1 && command -v prometheus >/dev/null 2>&1 &&
        { command -v prometheus-node-exporter >/dev/null 2>&1 || command -v node_exporter >/dev/null 2>&1; }
}

# apt_get ACTION… : with the lists that the system has, or with lists of our own in $apt_lists.
apt_get() {
    set -- -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 "$@"
    if [ -n "${apt_lists:-}" ]; then
        set -- -o "Dir::State::Lists=$apt_lists" -o "Dir::Cache=$apt_lists" "$@"
    fi
    apt-get "$@"
}

# fetch_prometheus FOLDER : unpack the packages into FOLDER/root.
fetch_prometheus() (
    cd "$1" || exit
    packages="prometheus prometheus-node-exporter"
    # shellcheck disable=SC2086 # two words are meant
    apt_get download $packages >/dev/null 2>&1 || {
        # a fresh image has no lists, and only root may write them where the system keeps them
        apt_lists=$1/lists
        mkdir -p "$apt_lists/partial"
        apt_get update >/dev/null 2>&1 && apt_get download $packages >/dev/null 2>&1
    } || exit
    for package in *.deb; do
        dpkg -x "$package" root || exit
    done
)

# set_up_prometheus : put the tools on PATH. Where they are, or Debian's packages are to be had, tests that need them
# fail rather than skip.
set_up_prometheus() {
    PATH=$PATH:$prometheus_tools
    if ! have_prometheus && ! command -v apt-get >/dev/null 2>&1; then
        say "prometheus and its node exporter are not here, and their tests are skipped: install them to run those"
        return
    fi
    export PATH EMBDRIFT_NEEDS_PROMETHEUS=1
    if have_prometheus; then
        return
    fi
    say "fetching prometheus and its node exporter"
    scratch=$(mktemp -d)
    if fetch_prometheus "$scratch"; then
        rm -rf "$venv/prometheus"
        mv "$scratch/root" "$venv/prometheus"
    else
        say "could not fetch Debian's packages prometheus and prometheus-node-exporter: install them, or their tests fail"
    fi
    rm -rf "$scratch"
}
