package io.github.lightning4j.tornado.tasks;

/** The groups of kernels on tensor cores. */
final class TensorGroups {
    /** Of a group. */
    static final int THREADS = 256;

    private TensorGroups() {}

    /** Whether kernels for the smaller padding take rows of this width. */
    static boolean isSmall(TensorRows keys) {
        return TensorKey.depth(keys.dim()) < TensorKey.MAX_DIM;
    }

    /** Adds the grid of a kernel whose groups each have columns of the values of a piece's head. */
    static void addGrid(TaskGrids grids, TensorShape shape, String name, TensorRows values) {
        int heads = shape.config().heads();
        int groups = shape.pieces() * TensorKey.groups(heads, values.dim());
        grids.groups(name, groups, THREADS);
    }
}
