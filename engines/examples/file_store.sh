#!/bin/sh
# A store of one's own in ten lines of shell: the register is a file, replaced at once by a renamed one.
#
#     cargo store --command 'sh engines/examples/file_store.sh /tmp/register'
#
# With `late` behind the file, reads return what was written before the last write: a replica that follows late.
file=$1
while read -r line; do
    id=${line##*\"msg_id\":}; id=${id%%[,\}]*}
    value=
    case $line in
    *'"type":"init"'*) type=init ;;
    *'"type":"read"'*) type=read; value=$(cat "$file${2:+.$2}" 2>/dev/null || echo null) ;;
    *'"type":"write"'*)
        type=write; new=${line##*\"value\":}; new=${new%%[,\}]*}
        echo "$new" >"$file.$$"
        [ -z "$2" ] || cp "$([ -e "$file" ] && echo "$file" || echo "$file.$$")" "$file.$2"
        mv "$file.$$" "$file" ;;
    esac
    echo "{\"body\":{\"type\":\"${type}_ok\",\"in_reply_to\":$id${value:+,\"value\":$value}}}"
done
