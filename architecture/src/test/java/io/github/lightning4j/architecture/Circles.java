package io.github.lightning4j.architecture;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The strongly connected components of a graph that have more than one node, by Tarjan's algorithm
 * (Depth-first search and linear graph algorithms, 1972).
 */
final class Circles<T extends Comparable<T>> {
    private final Map<T, Set<T>> graph;
    private final Map<T, Integer> index = new HashMap<>();
    private final Deque<T> open = new ArrayDeque<>();
    private final List<Set<T>> found = new ArrayList<>();

    private Circles(Map<T, Set<T>> graph) {
        this.graph = graph;
    }

    /** Each circle's nodes in order. */
    static <T extends Comparable<T>> List<Set<T>> of(Map<T, Set<T>> graph) {
        Circles<T> circles = new Circles<>(graph);
        for (T node : new TreeMap<>(graph).keySet()) {
            if (!circles.index.containsKey(node)) {
                circles.visit(node);
            }
        }
        return circles.found;
    }

    private int visit(T node) {
        int at = index.size();
        index.put(node, at);
        int lowest = at;
        open.push(node);
        for (T next : graph.getOrDefault(node, Set.of())) {
            if (!index.containsKey(next)) {
                lowest = Math.min(lowest, visit(next));
            } else if (open.contains(next)) {
                lowest = Math.min(lowest, index.get(next));
            }
        }
        if (lowest == at) {
            Set<T> circle = new TreeSet<>();
            T last;
            do {
                last = open.pop();
                circle.add(last);
            } while (!last.equals(node));
            if (circle.size() > 1) {
                found.add(circle);
            }
        }
        return lowest;
    }
}
