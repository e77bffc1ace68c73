package uk.ac.manchester.tornado.api;

/** Signatures of a grid of two dimensions. */
public class WorkerGrid2D extends AbstractWorkerGrid {
    public WorkerGrid2D(int x, int y) {
        super(x, y, 1);
    }
}
