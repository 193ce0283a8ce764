#!/usr/bin/env bash
# Prepare the agents' home and become T3:   start-t3 t3 serve …
#
#   T3_INSTALL          where install-t3 installed
#   T3CODE_HOME         T3's folder on the volume, with its database: one T3 at a time
#   HOME                the agents' home: git's global configuration is written there
#   CLAUDE_CONFIG_DIR   the Claude CLI's folder on the volume, with its sessions and CLAUDE.md
#   AGENT_INSTRUCTIONS  the file that CLAUDE.md leads to; a link, so that a changed ConfigMap arrives
#   T3_SETTINGS         JSON: settings of T3 that this pod decides. T3 before 0.0.42 does not get them
#   CONTINUE_TURNS      with this number, T3 continues interrupted turns, at most at that many starts in an hour
#   GIT_USER_NAME, GIT_USER_EMAIL    whose name the agents' commits carry
#   GIT_HOSTS           host[:port]=VARIABLE …: for https://host git takes its token from that variable, when it asks,
#   GIT_TOKEN_DIR       or from the file of that name in this folder, so that a rotated token needs no restart
#
# No token is written or passed on: git's configuration holds only the variable's name.
# T3 takes this process over, and with it the signals, the exit status and the two locks, which end with the process
# whatever ends it. T3 does not hand them down, so nothing that an agent starts can keep them.
set -u

: "${T3_INSTALL:?}" "${T3CODE_HOME:?}" "${HOME:?}" "${CLAUDE_CONFIG_DIR:?}" "${AGENT_INSTRUCTIONS:?}" "${GIT_USER_NAME:?}" "${GIT_USER_EMAIL:?}" "${1:?}"

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
        # A FIFO in its place would block the open.
        [[ -f $install/in-use ]] || continue
        { exec {install_lock}<"$install/in-use"; } 2>/dev/null || continue
        flock --nonblock --shared "$install_lock" && [[ -f $install/wanted ]] && return
        exec {install_lock}<&-
    done
    [[ -f $install/in-use && -r $install/in-use && -f $install/wanted ]] || fail "$install is not whole: remove $T3_INSTALL/current and start the pod again"
    fail "cannot lock $install/in-use (tried $tries times): the volume's file system has to offer locks (NFSv4 does)"
}

# Print T3's program. Up to 0.0.41, T3 is a script that node runs: its engines.node is compared as npm does. Since then
# it is a launcher, which starts the program of an optional package and does not pass SIGTERM on: skip the launcher.
find_program() {
    # shellcheck disable=SC2016
    local status=0 name state find='
        const fs = require("fs"), path = require("path"), {createRequire} = require("module"), [file, npm] = process.argv.slice(1);
        const manifest = JSON.parse(fs.readFileSync(file)), range = manifest.engines?.node;
        const platform = `@t3code/t3-${process.platform}-${process.arch}`;
        const refuse = (line) => { console.error(`start-t3: ${line}; T3 is not started`); process.exit(64); };
        if (Object.keys(manifest.optionalDependencies ?? {}).some((name) => name.startsWith("@t3code/t3-"))) {
            try {
                console.log(path.dirname(createRequire(file).resolve(`${platform}/package.json`)) + "/t3");
            } catch {
                refuse(`the install lacks ${platform}, the program of t3 ${manifest.version} for this machine: ` +
                    "look whether the registry and the lock file have it, remove current and start the pod again");
            }
            process.exit();
        }
        const folders = [path.resolve(process.execPath, "../../lib/node_modules/npm")];
        if (npm) folders.push(path.dirname(fs.realpathSync(npm)));
        const satisfies = require(require.resolve("semver/functions/satisfies", {paths: folders}));
        if (range && !satisfies(process.version, range, {includePrerelease: true}))
            refuse(`node ${process.version} does not do: t3 ${manifest.version} needs node ${range}; set an image with such a node`);
        console.log(path.resolve(file, "../../.bin/t3"));'
    program=$(node -e "$find" "$install/node_modules/t3/package.json" "$(type -P npm)") || status=$?
    ((status != 64)) || exit 1
    ((status == 0)) || fail "cannot find T3's program in $install: the image has to have node and npm"
    while read -r name state; do
        [[ $state != '=> not found' ]] || fail "the image lacks $name, which t3 needs: set an image with it"
    done < <(ldd "$program" 2>/dev/null)
}

# The file's text is for the one that comes second. It may fail to be written: a full volume is no reason not to start.
become_only_writer() {
    local file=$T3CODE_HOME/writer.lock holder status=0
    mkdir -p -- "$T3CODE_HOME" "$CLAUDE_CONFIG_DIR" || fail "cannot write to $T3CODE_HOME and $CLAUDE_CONFIG_DIR: they have to be writable for uid $UID"
    [[ -f $file || ! -e $file ]] || fail "$file is not a file: remove it"
    { exec {writer_lock}>>"$file"; } || fail "cannot write to $T3CODE_HOME: it has to be writable for uid $UID"
    flock --nonblock --conflict-exit-code 75 "$writer_lock" || status=$?
    if ((status == 75)); then
        read -r holder <"$file"
        fail "$T3CODE_HOME is in use by ${holder:-somebody}: only one T3 may write there; stop that one, or wait until it ends" 75
    fi
    ((status == 0)) || fail "cannot lock $file: the volume's file system has to offer locks (NFSv4 does)"
    TZ=UTC printf '%s since %(%Y-%m-%dT%H:%M:%SZ)T\n' "$HOSTNAME" -1 >"$file" || true
}

# T3's log has tickets for its WebSocket, the database has the agents' texts.
keep_private() {
    chmod 700 -- "$T3CODE_HOME" "$CLAUDE_CONFIG_DIR" ||
        printf 'start-t3: others can read %s and %s: give both to uid %s\n' "$T3CODE_HOME" "$CLAUDE_CONFIG_DIR" "$UID" >&2
}

link_instructions() {
    [[ -r $AGENT_INSTRUCTIONS ]] || fail "cannot read the agents' instructions $AGENT_INSTRUCTIONS: mount them there"
    ln -sfT -- "$AGENT_INSTRUCTIONS" "$CLAUDE_CONFIG_DIR/CLAUDE.md" ||
        fail "cannot put CLAUDE.md into $CLAUDE_CONFIG_DIR: move away what is there"
}

# T3 continues interrupted turns at every start, without a limit: a turn that ends T3 would start for ever.
write_settings() {
    # shellcheck disable=SC2016
    local status=0 write='
        const fs = require("fs"), path = require("path"), [folder, given, limit] = process.argv.slice(1);
        const read = (file) => { try { return fs.statSync(file).isFile() && JSON.parse(fs.readFileSync(file)); } catch { return null; } };
        const write = (file, value) => {
            try {
                fs.mkdirSync(path.dirname(file), {recursive: true});
                fs.rmSync(file + ".new", {force: true}); // a FIFO there would block the write
                fs.writeFileSync(file + ".new", JSON.stringify(value));
                fs.renameSync(file + ".new", file);
            } catch ({message}) {
                console.error(`start-t3: cannot write settings (${message}): make space on the volume, or move away what is not ours; T3 is not started`);
                process.exit(64);
            }
        };
        const settings = path.join(folder, "userdata/settings.json"), starts = path.join(folder, "continued-starts.json");
        let wanted = JSON.parse(given), resumes = Number(limit) > 0;
        if (resumes) {
            const recent = [read(starts) || []].flat().filter((time) => time > Date.now() - 3600e3);
            resumes = recent.length < Number(limit);
            if (resumes) write(starts, [...recent, Date.now()]);
            else console.error(`start-t3: ${limit} starts in an hour: T3 does not continue interrupted turns this time`);
        }
        const before = read(settings) || {}, text = JSON.stringify(before);
        wanted = {...before, ...wanted, continueThreadsAfterServerUpdate: resumes};
        const projects = Object.values(wanted.projectSettingsOverrides ?? {}); // they win over the setting above
        if (!resumes) for (const project of projects) delete project?.continueThreadsAfterServerUpdate;
        if (JSON.stringify(wanted) !== text) write(settings, wanted);'
    [[ $program != */.bin/t3 ]] || return 0
    node -e "$write" "$T3CODE_HOME" "${T3_SETTINGS:-{\}}" "${CONTINUE_TURNS:-0}" || status=$?
    ((status != 64)) || exit 1
    ((status == 0)) || fail "cannot read T3_SETTINGS: set a JSON object"
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

# T3 prints a token for its first user, in lines and as a QR code. The log keeps every other line.
hide_pairing() {
    local line
    exec {install_lock}<&- {writer_lock}>&-
    while IFS= read -r line || [[ -n $line ]]; do
        [[ ! $line =~ ^(' '|▀|▄|█)+$ ]] || continue
        [[ ! $line =~ (.*)(^'Token: '|'#token=')[^[:space:]]+(.*) ]] || line="${BASH_REMATCH[1]}${BASH_REMATCH[2]}***${BASH_REMATCH[3]}"
        printf '%s\n' "$line"
    done
}

use_install
find_program
become_only_writer
keep_private
link_instructions
write_settings
configure_git
export GIT_TERMINAL_PROMPT=0 PATH=$install/node_modules/.bin:$PATH
[[ $1 != t3 ]] || set -- "$program" "${@:2}"
shopt -s execfail
exec {log}> >(hide_pairing)
exec "$@" >&"$log" {log}>&-
fail "cannot run $1: the image lacks its interpreter or its C library; set a Debian image"
