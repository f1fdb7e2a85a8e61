#!/bin/sh
# The health check of the image: whether the exporter answers on every port where it listens. The kernel knows those, from
# the sockets of the processes that run main.js beside this file, so that no settings have to be read. A shell, because
# a second Node.js does not fit into 64 MiB beside the first.
program=$(dirname "$(readlink -f "$0")")/main.js
sockets=$(
  for process in /proc/[0-9]*; do
    # The words of the command line without what parts them, and no other process to read it.
    read -r command <"$process/cmdline" || true
    case $command in *"$program"*) ls -l "$process/fd" | sed -n 's/.*socket:\[\([0-9]*\)\]$/\1/p' ;; esac
  done 2>/dev/null
)

# Of `0100007F:23F0`: the address in words of 32 bits with their last byte first, and the port. 0A is "listening".
listeners=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v sockets=" $(echo $sockets) " '
  $4 == "0A" && index(sockets, " " $10 " ") {
    split($2, local, ":")
    address = ""
    for (word = 1; word <= length(local[1]); word += 8)
      for (byte = 6; byte >= 0; byte -= 2) address = address substr(local[1], word + byte, 2)
    print address, local[2]
  }')
[ -n "$listeners" ] || { echo "no process of this user that runs $program listens"; exit 1; }

echo "$listeners" | while read -r address port; do
  case $address in
    # Every address, of IPv6 too, takes in this one.
    *[!0]*) host=$(echo "$address" | sed -E 's/^(..)(..)(..)(..)$/0x\1 0x\2 0x\3 0x\4/; t; s/.{4}/&:/g; s/:$//') ;;
    *) host=127.0.0.1 ;;
  esac
  case $host in 0x*) host=$(printf '%d.%d.%d.%d' $host) ;; esac
  port=$(printf '%d' "0x$port")
  # Plain HTTP is answered, and TLS hangs up on it: either way somebody is there. Connections alone are the kernel's doing.
  printf 'HEAD /health HTTP/1.0\r\n\r\n' | timeout 8 nc "$host" "$port" >/dev/null 2>&1
  [ $? -lt 124 ] || { echo "no answer from $host port $port"; exit 1; }
done
