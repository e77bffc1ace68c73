package io.github.lightning4j.tornado.generator;

/**
 * Where things are in local memory, for a padded D: in rows of 16-byte pieces whose index is xor'ed
 * with the row's last three bits, so that neither loads nor stores meet in a bank.
 *
 * <pre>
 *   K   64 × D
 *   Q   64 × D     then V 64 × 64 and P 64 × 64
 *   Sᵀ  64 × D     then V with its decay 64 × 64
 * </pre>
 *
 * <p>Of states alone, only K and V with its decay.
 *
 * @param depth D, padded
 * @param states whether states alone are computed
 */
record Layout(int depth, boolean states) {
    /** L, and the columns of V that a group has. */
    static final int CHUNK = 64;

    /** Of a group. */
    static final int THREADS = 256;

    /** Bytes of a row of V and of P. */
    static final int NARROW = 2 * CHUNK;

    /** Bytes of a row of Q, K and Sᵀ. */
    int wide() {
        return 2 * depth;
    }

    /** Longs of such a row. */
    int longs() {
        return depth / 4;
    }

    /** Rows of Q and K that a thread moves. */
    int moves() {
        return CHUNK * longs() / THREADS;
    }

    /** Tiles of 8 columns of Sᵀ that a warp has. */
    int columnTiles() {
        return depth / 32;
    }

    /** Where K begins, in bytes. */
    int keys() {
        return 0;
    }

    /** Where Q begins, and V after it. */
    int values() {
        return CHUNK * wide();
    }

    /** Where P begins. */
    int scores() {
        return values() + CHUNK * NARROW;
    }

    /** Where Sᵀ begins, and V with its decay after it. */
    int state() {
        return states ? values() : values() + Math.max(CHUNK * wide(), 2 * CHUNK * NARROW);
    }

    /** Bytes of all. */
    int bytes() {
        return state() + CHUNK * (states ? NARROW : wide());
    }
}
