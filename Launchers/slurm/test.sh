#!/usr/bin/env bash
# Slurm for real: a cluster of two nodes on this machine, one of which is killed in the middle of a sweep.
#
#   test.sh SPILLWAY    the program
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
spillway=$(realpath -- "$1")
if ! command -v slurmctld >/dev/null; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    install() { apt-get install -y -qq --no-install-recommends slurm-wlm >/dev/null 2>&1; }
    install || { apt-get update -qq && install; }
  fi
  command -v slurmctld >/dev/null || { echo 'skipped: there is no Slurm here, and no right to install it' && exit 0; }
fi

work=$(mktemp -d)
mkdir -p "$work"/{state,spool,log,run}
processes=()
end() {
  SLURM_CONF=$work/slurm.conf scontrol shutdown >/dev/null 2>&1 || true
  sleep 0.5
  for process in "${processes[@]}"; do kill -9 "$process" 2>/dev/null || true; done
  pkill -9 -f "$work" 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

# Two nodes on one host, on the loopback interface alone; a node that does not answer is down after five seconds.
cat >"$work/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/none
CredType=cred/none
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort=16817
SlurmctldTimeout=5
SlurmdTimeout=5
KillWait=1
MessageTimeout=5
BatchStartTimeout=5
TCPTimeout=1
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool/%n
SlurmctldPidFile=$work/run/slurmctld.pid
SlurmdPidFile=$work/run/slurmd-%n.pid
SlurmctldLogFile=$work/log/slurmctld.log
SlurmdLogFile=$work/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SchedulerParameters=sched_min_interval=100000
NodeName=n[0-1] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[16820-16821] CPUs=1 RealMemory=100 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
slurmctld -c
for node in n0 n1; do
  slurmd -N "$node"
done
for ((i = 0; i < 100; i++)); do
  [ "$(sinfo --noheader --states=idle --format=%D 2>/dev/null | tr -d ' ')" = 2 ] && break
  sleep 0.2
done
sinfo --noheader --format='%D nodes, %t'

"$here/../test-scenario.sh" "$work/sweep.yaml"
"$spillway" sweep "$work/sweep.yaml" --store "$work/alone.sqlite" --quiet >/dev/null
alone=$("$spillway" store digest "$work/alone.sqlite")

SPILLWAY=$spillway "$here/sweep.sh" "$work/sweep.yaml" "$work/merged.sqlite" --tasks 6 >"$work/table" 2>"$work/log/sweep" &
sweep=$!
processes+=("$sweep")
# The second node dies while a task of it runs: its daemon, the task's step daemon and the task.
for ((i = 0; i < 600; i++)); do
  task=$(squeue --noheader --states=running --nodelist=n1 --format=%K 2>/dev/null | head -n 1 | tr -d ' ')
  [ -n "$task" ] && [ -s "$work/merged.sqlite.parts/part-$task.sqlite" ] && break
  sleep 0.05
done
[ -n "$task" ] || { cat "$work/log/sweep" && echo 'no task came to run on the second node' && exit 1; }
kill -9 "$(cat "$work/run/slurmd-n1.pid")"
pkill -9 -f 'slurmstepd.*n1|slurmstepd: \[' || true
pkill -9 -f "part-$task.sqlite" || true
echo "killed the node of task $task"

wait "$sweep" || { cat "$work/log/sweep" && exit 1; }
processes=()
merged=$("$spillway" store digest "$work/merged.sqlite")
grep -q 'again' "$work/log/sweep" || { cat "$work/log/sweep" && echo 'no task was lost, so nothing was tested' && exit 1; }
[ "$merged" = "$alone" ] || { echo "the merged store is $merged, a single machine's is $alone" && exit 1; }
[ -s "$work/table" ]
echo "Slurm: two nodes, one killed: the merged store is that of a single machine ($merged)"
