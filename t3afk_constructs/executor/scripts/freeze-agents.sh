#!/usr/bin/env bash
# Stop every Claude CLI in its place, before T3 gets SIGTERM.
#
# T3 waits two seconds for Claude. If a tool ends in that time, Claude asks the model and begins the next step, which
# nobody sees. A stopped Claude does neither. T3 leaves it behind, the runtime kills it with the container, and its
# session goes on with the thread's next message.
for folder in /proc/[0-9]*; do
    { read -r name <"$folder/comm"; } 2>/dev/null || continue
    [[ $name != claude ]] || kill -STOP "${folder#/proc/}"
done
exit 0
