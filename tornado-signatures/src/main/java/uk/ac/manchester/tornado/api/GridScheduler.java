package uk.ac.manchester.tornado.api;

import java.util.Set;

/** Signatures of the grids of tasks. */
public class GridScheduler {
    public GridScheduler() {
        throw Signatures.only();
    }

    public Set<String> keySet() {
        throw Signatures.only();
    }

    public void addWorkerGrid(String task, WorkerGrid grid) {
        throw Signatures.only();
    }
}
