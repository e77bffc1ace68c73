package io.github.lightning4j.tornado.kernels;

/**
 * What a run of {@link PoolKernels} is told: some ints that go to the device before it.
 *
 * <pre>
 *   [TICKET] [BLOCKS] [ROWS] [MOVES]         the number of this run, how many of each follow,
 *   [STEP] [DEPTH]                           whether every row has one token, and D
 *   [NUMBERS]                                where the numbers of the rows' 16 bits begin
 *   {@link #BLOCK_FIELDS} ints a block         from {@link #FIRST} on
 *   {@link #ROW_FIELDS} ints a row             from {@link #rowsAt} on
 *   {@link #MOVE_FIELDS} ints a move           from {@link #movesAt} on
 * </pre>
 *
 * <p>A <em>place</em> has room for one block of every head: S before its tokens, and their keys and
 * values. Slots have places of their own; those behind them are scratch of a run.
 */
public final class PoolTable {
    /** The most tokens of a block. */
    public static final int TOKENS = 32;

    /** The number of this run. */
    public static final int TICKET = 0;

    /** How many blocks there are. */
    public static final int BLOCKS = 1;

    /** How many rows there are, each one slot's part of the call that fills blocks. */
    public static final int ROWS = 2;

    /** How many places are to be moved at the end. */
    public static final int MOVES = 3;

    /** 1 where every row has one token, whose key and value are not in their places yet. */
    public static final int STEP = 4;

    /** D, for loops that a compiler must not unroll because it would take all registers. */
    public static final int DEPTH = 5;

    /** Where the floats of the 16-bit patterns of this run's dtype begin. */
    public static final int NUMBERS = 6;

    /** Where blocks begin. */
    public static final int FIRST = 7;

    /** Of a block: its place. */
    public static final int PLACE = 0;

    /** Of a block: tokens that it had before. */
    public static final int OLD = 1;

    /** Of a block: tokens that it has then. */
    public static final int COUNT = 2;

    /** Of a block: the staged row of head 0 and its first new token. */
    public static final int STAGED = 3;

    /** Of a block: staged rows from head to head. */
    public static final int HEAD_STRIDE = 4;

    /** Of a block: staged rows from token to token. */
    public static final int TOKEN_STRIDE = 5;

    /** Of a block that becomes full: the place of S after it. */
    public static final int NEXT = 6;

    /** Ints of a block. */
    public static final int BLOCK_FIELDS = 7;

    /** Of a row: its first block; the others follow it. */
    public static final int FIRST_BLOCK = 0;

    /** Of a row: how many of them are full, and folded into S of the next. */
    public static final int FOLDS = 1;

    /** Ints of a row. */
    public static final int ROW_FIELDS = 2;

    /** Of a move: the place that is read. */
    public static final int FROM = 0;

    /** Of a move: the place that is written. */
    public static final int TO = 1;

    /** Of a move: tokens. */
    public static final int MOVED = 2;

    /** Ints of a move. */
    public static final int MOVE_FIELDS = 3;

    private PoolTable() {}

    /** Where rows begin. */
    public static int rowsAt(int blocks) {
        return FIRST + blocks * BLOCK_FIELDS;
    }

    /** Where moves begin. */
    public static int movesAt(int blocks, int rows) {
        return rowsAt(blocks) + rows * ROW_FIELDS;
    }

    /** Ints of a table with room for so many of each. */
    public static int size(int blocks, int rows, int moves) {
        return movesAt(blocks, rows) + moves * MOVE_FIELDS;
    }
}
