#!/usr/bin/env bash
# Prepare the agent's home and become T3:   start-t3 t3 serve …
#
#   T3_INSTALL          where install-t3 installed
#   T3CODE_HOME         T3's folder on the volume, with its database: one T3 at a time
#   HOME                the agent's home: ~/.claude/CLAUDE.md and git's global configuration are written there
#   AGENT_INSTRUCTIONS  the file that ~/.claude/CLAUDE.md leads to; a link, so that a changed ConfigMap arrives
#   GIT_USER_NAME, GIT_USER_EMAIL    whose name the agent's commits carry
#   GIT_HOSTS           host[:port]=VARIABLE …: for https://host git takes its token from that variable, when it asks,
#   GIT_TOKEN_DIR       or from the file of that name in this folder, so that a rotated token needs no restart
#
# No token is written or passed on: git's configuration holds only the variable's name.
# T3 takes this process over, and with it the signals, the exit status and the two locks, which end with the process
# whatever ends it. Node does not hand them down, so nothing that the agent starts can keep them.
set -u

: "${T3_INSTALL:?}" "${T3CODE_HOME:?}" "${HOME:?}" "${AGENT_INSTRUCTIONS:?}" "${GIT_USER_NAME:?}" "${GIT_USER_EMAIL:?}" "${1:?}"

fail() {
    printf 'start-t3: %s; T3 is not started\n' "$1" >&2
    exit "${2:-1}"
}

# An install may be removed between the look at `current` and the lock; then `current` leads to its successor.
use_install() {
    local tries
    type -P flock >/dev/null || fail "the image has no flock: set one with util-linux"
    for tries in 1 2 3; do
        install=$(cd -P -- "$T3_INSTALL/current" 2>/dev/null && pwd) || fail "there is no install in $T3_INSTALL: run install-t3 first"
        { exec {install_lock}<"$install/in-use"; } 2>/dev/null || continue
        flock --nonblock --shared "$install_lock" && [[ -e $install/wanted ]] && return
        exec {install_lock}<&-
    done
    [[ -r $install/in-use && -e $install/wanted ]] || fail "$install is not whole: remove $T3_INSTALL/current and start the pod again"
    fail "cannot lock $install/in-use (tried $tries times): the volume's file system has to offer locks (NFSv4 does)"
}

# With the comparison that npm brings along.
check_node() {
    local status=0 compare='
        var fs = require("fs"), path = require("path"), manifest = JSON.parse(fs.readFileSync(process.argv[1]));
        var range = manifest.engines && manifest.engines.node;
        var npm = [path.resolve(process.execPath, "../../lib/node_modules/npm")];
        if (process.argv[2]) npm.push(path.dirname(fs.realpathSync(process.argv[2])));
        var satisfies = require(require.resolve("semver/functions/satisfies", {paths: npm}));
        if (range && !satisfies(process.version, range, {includePrerelease: true})) {
            console.error("start-t3: node " + process.version + " does not do: t3 " + manifest.version + " needs node " +
                range + "; set an image with such a node; T3 is not started");
            process.exit(64);
        }'
    node -e "$compare" "$install/node_modules/t3/package.json" "$(type -P npm)" || status=$?
    ((status != 64)) || exit 1
    ((status == 0)) || fail "cannot compare the node version with the one that T3 needs: the image has to have node and npm"
}

# The file's text is for the one that comes second. It may fail to be written: a full volume is no reason not to start.
become_only_writer() {
    local file=$T3CODE_HOME/writer.lock holder status=0
    { mkdir -p -- "$T3CODE_HOME" && exec {writer_lock}>>"$file"; } || fail "cannot write to $T3CODE_HOME: it has to be writable for uid $UID"
    flock --nonblock --conflict-exit-code 75 "$writer_lock" || status=$?
    if ((status == 75)); then
        read -r holder <"$file"
        fail "$T3CODE_HOME is in use by ${holder:-somebody}: only one T3 may write there; stop that one, or wait until it ends" 75
    fi
    ((status == 0)) || fail "cannot lock $file: the volume's file system has to offer locks (NFSv4 does)"
    TZ=UTC printf '%s since %(%Y-%m-%dT%H:%M:%SZ)T\n' "$HOSTNAME" -1 >"$file" || true
}

link_instructions() {
    [[ -r $AGENT_INSTRUCTIONS ]] || fail "cannot read the agent's instructions $AGENT_INSTRUCTIONS: mount them there"
    { mkdir -p -- "$HOME/.claude" && ln -sfT -- "$AGENT_INSTRUCTIONS" "$HOME/.claude/CLAUDE.md"; } ||
        fail "cannot put CLAUDE.md into $HOME/.claude: mount nothing there that uid $UID cannot write to"
}

# git_config --replace-all | --add KEY VALUE
git_config() {
    git config --global "$@" || fail "cannot write git's configuration in $HOME"
}

# Run by git as `token HOST VARIABLE get` when it wants a token. Only the first filled line is the token: git would read
# more lines as more answers. No variable is set here, since VARIABLE may have its name. Forges take any user name.
# shellcheck disable=SC2016
helper='!token() {
    test "$3" = get || return 0
    set -- "$1" "$2" "$({
        test -z "$GIT_TOKEN_DIR" || cat "$GIT_TOKEN_DIR/$2"
        echo
        printenv "$2"
    } 2>/dev/null | sed "/[[:graph:]]/!d;q")"
    if test -n "$3"; then
        printf "username=x-access-token\npassword=%s\n" "$3"
    else
        echo "no token for $1: set $2 in the Secret" >&2
    fi
}; token'

# The empty helper takes away those that the system's configuration names: git would give them the token to keep.
# git@host: and ssh://git@host/ become https, two values of one key: a plain second call would replace the first. They
# name no port of https: git takes the first of two ports of one host.
configure_git() {
    local pairs pair host variable url
    # A kill in the middle of a change leaves this file behind, and git refuses every later change.
    rm -f -- "$HOME/.gitconfig.lock"
    git_config --replace-all user.name "$GIT_USER_NAME"
    git_config --replace-all user.email "$GIT_USER_EMAIL"
    read -rd '' -a pairs <<<"${GIT_HOSTS:-}"
    for pair in "${pairs[@]}"; do
        [[ $pair =~ ^([a-z0-9.-]+(:[0-9]+)?)=([A-Za-z_][A-Za-z0-9_]*)$ ]] || fail "GIT_HOSTS: '$pair' is not host[:port]=VARIABLE"
        host=${BASH_REMATCH[1]} variable=${BASH_REMATCH[3]} url=https://${BASH_REMATCH[1]}
        git_config --replace-all "credential.$url.helper" ''
        git_config --add "credential.$url.helper" "$helper $host $variable"
        git_config --replace-all "url.$url/.insteadOf" "git@${host%:*}:"
        git_config --add "url.$url/.insteadOf" "ssh://git@${host%:*}/"
    done
}

use_install
check_node
become_only_writer
link_instructions
configure_git
export GIT_TERMINAL_PROMPT=0 PATH=$install/node_modules/.bin:$PATH
exec "$@"
