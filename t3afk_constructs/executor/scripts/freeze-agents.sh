#!/usr/bin/env bash
# Stop every Claude CLI in its place, before T3 gets SIGTERM.
#
# T3 ends a running tool, and then gives Claude two seconds: enough for Claude to ask the model and to begin the next
# step, which nobody sees. A stopped Claude does neither. T3 kills it in the same two seconds, and its session goes on
# with the thread's next message.
for folder in /proc/[0-9]*; do
    { read -r name <"$folder/comm"; } 2>/dev/null || continue
    [[ $name != claude ]] || kill -STOP "${folder#/proc/}"
done
exit 0
