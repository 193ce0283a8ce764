#!/usr/bin/env bash
# Install T3 and the Claude CLI below T3_INSTALL, as a whole or not at all.
#
#   T3_INSTALL          folder of the installs, on the volume
#   T3_VERSION, CLAUDE_CLI_VERSION   a version or a tag; `latest` is looked up when it is installed, and then stays
#                       until either text changes: a restart never brings another agent
#   NPM_LOCKFILE        a package-lock.json: it decides alone, by its hash, and npm checks every package (npm ci)
#   NPM_REGISTRY, NPM_TOKEN          another registry than npm's own, and its token
#   npm_config_cache    npm's cache
#
# It waits 15 minutes for another install on the same volume; tests set INSTALL_LOCK_TIMEOUT to fewer seconds.
#
# Each install is a folder `install.*`, made under its final name because npm's packages may keep absolute paths.
# Its file `wanted` is written once both programs have answered. `current` is a link to one of them, switched by a
# rename: the one moment at which an install takes effect. A kill leaves a folder without `wanted`; the next run
# that finds something to do removes it. All changes are made under a lock that npm inherits, so that an npm that
# outlives this script is not disturbed. An old install goes when the new one is in force and nobody runs it
# (start-t3 holds a lock on its file `in-use`).
set -u

: "${T3_INSTALL:?}" "${npm_config_cache:?}"
current=$T3_INSTALL/current
new=

fail() {
    [[ -z $new ]] || rm -rf -- "$new"
    printf 'install-t3: %s\n' "$1" >&2
    exit "${2:-1}"
}

# start-t3 needs `in-use` and `wanted` too.
current_is_whole() {
    [[ -f $current/wanted && -r $current/wanted && -f $current/in-use && -r $current/in-use && -x $current/node_modules/.bin/t3 && -x $current/node_modules/.bin/claude ]]
}

installed_is_wanted() {
    current_is_whole && [[ $(<"$current/wanted") == "$wanted" ]]
}

# remove_installs unfinished | others: those without `wanted`, or all but the current one; none that is in use.
# The rename comes first: a half-removed folder must not look whole. The lock is let go before the removal, because
# NFS keeps an open file's folder.
remove_installs() {
    local folder lock
    for folder in "$T3_INSTALL"/install.*; do
        [[ -e $folder && ! $folder -ef $current ]] || continue
        [[ $1 == others || ! -e $folder/wanted || $folder == *.removed ]] || continue
        if [[ -f $folder/in-use && $folder != *.removed ]]; then
            exec {lock}>>"$folder/in-use" || continue
            flock --nonblock "$lock" && mv -T -- "$folder" "$folder.removed" && folder=$folder.removed
            exec {lock}>&-
            [[ $folder == *.removed ]] || continue
        fi
        rm -rf -- "$folder" || printf 'install-t3: %s stays: remove it by hand\n' "$folder" >&2
    done
}

lock_installs() {
    local status=0 seconds=${INSTALL_LOCK_TIMEOUT:-900}
    [[ $seconds =~ ^[0-9]+$ ]] || fail "INSTALL_LOCK_TIMEOUT: '$seconds' is no number of seconds"
    type -P flock >/dev/null || fail "the image has no flock: set one with util-linux"
    [[ -f $T3_INSTALL/lock || ! -e $T3_INSTALL/lock ]] || fail "$T3_INSTALL/lock is not a file: remove it"
    { mkdir -p -- "$T3_INSTALL" && exec {installs_lock}>>"$T3_INSTALL/lock"; } ||
        fail "cannot write to $T3_INSTALL: the volume has to be writable for uid $UID and to have space"
    flock --nonblock --conflict-exit-code 75 "$installs_lock" || status=$?
    if ((status == 75)); then
        printf 'install-t3: another install on this volume is at work; waiting up to %s s for it\n' "$seconds" >&2
        flock --wait "$seconds" --conflict-exit-code 75 "$installs_lock"
        status=$?
        ((status != 75)) || fail "another install still holds $T3_INSTALL/lock after $seconds s: look for its pod" 75
    fi
    ((status == 0)) || fail "cannot lock $T3_INSTALL/lock: the volume's file system has to offer locks (NFSv4 does)"
}

# An image may carry npm beside its node, and no program of that name that can be run.
run_npm() {
    local node npm
    npm=$(type -P npm)
    if [[ -x $npm ]]; then
        "$npm" "$@"
    else
        node=$(node -p process.execPath) && node "${node%/bin/node}/lib/node_modules/npm/bin/npm-cli.js" "$@"
    fi
}

# What npm said goes first, ours is the last line; the token is in neither. It ends with what can be gone back to.
fail_as_npm() {
    local output=$1 reason code=
    [[ -z ${NPM_TOKEN:-} ]] || output=${output//"$NPM_TOKEN"/***}
    printf '%s\n' "$output" >&2
    [[ $output =~ 'npm error code '([A-Z0-9_]+) ]] && code=${BASH_REMATCH[1]}
    [[ $output != *ENOSPC* ]] || code=ENOSPC
    case $code in
        ETARGET | E404) reason="the registry has no such version: correct it" ;;
        EINTEGRITY) reason="a package is not what its hash says: ask who runs the registry, or write the lock file anew" ;;
        ENOSPC | EDQUOT) reason="the volume is full: make it larger, or remove $npm_config_cache" ;;
        E401 | E403 | ENEEDAUTH) reason="the registry refuses the token: renew NPM_TOKEN in the Secret" ;;
        EUSAGE) reason="the lock file is not npm's, or not whole: write it anew" ;;
        E5* | ECONN* | ENOTFOUND | EAI_AGAIN | EHOSTUNREACH | ENETUNREACH | ETIMEDOUT | ERR_SOCKET_TIMEOUT)
            reason="the registry does not answer: the next start tries again" ;;
        *) reason="npm says why above" ;;
    esac
    fail "cannot install $wanted${code:+ ($code)}: $reason$kept"
}

# A program of the new install does not run: say why.
fail_as_program() {
    local range reason
    printf '%s\n' "$output" >&2
    range=$(node -p 'require(process.argv[1]).engines?.node ?? ""' "$new/node_modules/t3/package.json")
    if [[ $output =~ 'error while loading shared libraries: '([^:]+) ]]; then
        reason=": the image lacks ${BASH_REMATCH[1]}; set an image with it"
    else
        reason=" on node $(node --version)${range:+, and T3 needs $range}: change the image or the version"
    fi
    fail "$wanted is installed, but '$1 --version' fails$reason$kept"
}

# npm ci wants a package.json that asks for what the lock file's root asks for.
copy_lock_file() {
    local write_package_json='
        const fs = require("fs"), [lock, folder] = process.argv.slice(1);
        const text = fs.readFileSync(lock), root = JSON.parse(text).packages[""];
        fs.writeFileSync(folder + "/package-lock.json", text);
        fs.writeFileSync(folder + "/package.json", JSON.stringify({...root, name: "install", private: true}));'
    node -e "$write_package_json" "$NPM_LOCKFILE" "$new"
}

install() {
    local output program folder kept="" scripted=()
    ! current_is_whole || kept="; still there, untouched: $(<"$current/wanted")"
    printf -v folder '%s/install.%(%Y%m%dT%H%M%S)T.%s' "$T3_INSTALL" -1 "$RANDOM"
    # A folder that was there already is not ours to remove.
    { mkdir -- "$folder" && new=$folder && : >"$new/in-use"; } || fail "cannot make $folder: make space on the volume"

    export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false npm_config_logs_max=0
    export npm_config_ignore_scripts=true npm_config_dangerously_allow_all_scripts=true
    if [[ -n ${NPM_REGISTRY:-} ]]; then
        export npm_config_registry=$NPM_REGISTRY
        local address=${NPM_REGISTRY#*:}
        # npm itself puts the token in when it reads the file.
        # shellcheck disable=SC2016
        [[ -z ${NPM_TOKEN:-} ]] || printf '%s:_authToken=%s\n' "${address%/}/" '${NPM_TOKEN}' >"$new/.npmrc"
    fi

    printf 'install-t3: installing %s\n' "$wanted"
    if [[ -n ${NPM_LOCKFILE:-} ]]; then
        copy_lock_file || fail "cannot read $NPM_LOCKFILE as a package-lock.json: write it anew"
        output=$(run_npm ci --prefix "$new" 2>&1) || fail_as_npm "$output"
    else
        output=$(run_npm install --prefix "$new" "t3@$T3_VERSION" "@anthropic-ai/claude-code@$CLAUDE_CLI_VERSION" 2>&1) ||
            fail_as_npm "$output"
    fi
    # Packages and programs do not get the token: what they print is shown as it is. The CLI links its program in a
    # script, and T3 before 0.0.42 compiles node-pty. A newer T3 brings that along, and npm would drop T3 without a word
    # if the image could not compile it.
    unset NPM_TOKEN
    [[ ! -e $new/node_modules/@t3code ]] || scripted=(@anthropic-ai/claude-code)
    output=$(npm_config_ignore_scripts=false run_npm rebuild --prefix "$new" "${scripted[@]}" 2>&1) || fail_as_npm "$output"
    for program in t3 claude; do
        output=$(timeout --foreground 60 "$new/node_modules/.bin/$program" --version 2>&1) || fail_as_program "$program"
        printf 'install-t3: %s is %s\n' "$program" "$output"
    done

    # Flushed before the switch: after a power cut `current` must not lead to files that never reached the disk.
    { printf '%s\n' "$wanted" >"$new/wanted" && sync -f "$new/wanted" &&
        ln -sfT -- "${new##*/}" "$current.new" && mv -fT -- "$current.new" "$current"; } ||
        fail "cannot switch $current to the new install: make space, and move away what is not ours"
    new=
    sync "$T3_INSTALL" || true
}

if [[ -n ${NPM_LOCKFILE:-} ]]; then
    wanted=$(sha256sum <"$NPM_LOCKFILE") || fail "cannot read the lock file $NPM_LOCKFILE: mount it there"
    wanted="lock file sha256:${wanted%% *}"
else
    for version in "${T3_VERSION:?}" "${CLAUDE_CLI_VERSION:?}"; do
        [[ $version =~ ^[0-9A-Za-z][0-9A-Za-z.+_-]*$ ]] || fail "'$version' is no version: write one such as 0.0.27, or a tag such as latest"
    done
    wanted="t3@$T3_VERSION @anthropic-ai/claude-code@$CLAUDE_CLI_VERSION"
fi
# A volume may move to a node with another processor; native programs do not.
wanted+=" for $HOSTTYPE"

[[ -L $current || ! -e $current ]] || fail "$current is not a link that this script made: move it away"
if installed_is_wanted; then
    printf 'install-t3: %s is installed\n' "$wanted"
    # What a killed run left is tidied up if that is possible; it is no reason to wait or to fail.
    folders=("$T3_INSTALL"/install.*)
    if ((${#folders[@]} > 1)) && [[ -f $T3_INSTALL/lock ]] && exec {installs_lock}>>"$T3_INSTALL/lock" && flock --nonblock "$installs_lock"; then
        remove_installs others
    fi
    exit 0
fi
lock_installs
if ! installed_is_wanted; then
    remove_installs unfinished
    install
fi
remove_installs others
