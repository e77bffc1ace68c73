package io.github.lightning4j.io;

import java.util.Map;
import java.util.TreeMap;

/** Which elements of a tensor have been written: intervals that neither touch nor overlap. */
final class Intervals {
    private final TreeMap<Long, Long> ends = new TreeMap<>();

    /** Adds the elements from … to − 1, some of which may be there already. */
    void add(long from, long to) {
        if (from == to) {
            return;
        }
        long begin = from;
        long end = to;
        Map.Entry<Long, Long> before = ends.floorEntry(begin);
        if (before != null && before.getValue() >= begin) {
            begin = before.getKey();
            end = Math.max(end, before.getValue());
        }
        Map.Entry<Long, Long> next = ends.ceilingEntry(begin);
        while (next != null && next.getKey() <= end) {
            end = Math.max(end, next.getValue());
            ends.remove(next.getKey());
            next = ends.ceilingEntry(begin);
        }
        ends.put(begin, end);
    }

    /** The first of {@code size} elements that is not there; {@code size} where all are. */
    long firstMissing(long size) {
        Map.Entry<Long, Long> first = ends.firstEntry();
        return first == null || first.getKey() > 0 ? 0 : Math.min(size, first.getValue());
    }
}
