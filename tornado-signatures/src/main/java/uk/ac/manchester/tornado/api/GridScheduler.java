package uk.ac.manchester.tornado.api;

/** Signatures of the grids of tasks. */
public class GridScheduler {
    public GridScheduler() {
        throw Signatures.only();
    }

    public void addWorkerGrid(String task, WorkerGrid grid) {
        throw Signatures.only();
    }
}
