package io.github.lightning4j.tornado.kernels;

import io.github.lightning4j.BackendException;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;

/**
 * What every kernel leaves behind when it has run: the ticket of this run, plus the local size
 * where the kernel depends on it. TornadoVM prints some launch failures instead of throwing them,
 * and replaces a grid that it does not accept with only a warning. A receipt that is missing, or
 * names another group size, turns either into an error.
 *
 * <p>Whoever adds a task to a graph registers here what it will leave and is told where. The
 * {@linkplain Seals seals} of copied arrays, which kernels report too, have fixed places.
 */
public final class Receipts {
    /** Ints in a list of receipts. */
    public static final int ROOM = 64;

    private final IntArray left;
    private final List<Expected> expected = new ArrayList<>();
    private int next = Seals.PLACES;

    private record Expected(String what, int at, IntUnaryOperator ofTicket) {}

    /**
     * Expects nothing yet.
     *
     * @param left where kernels leave receipts, {@link #ROOM} ints
     */
    public Receipts(IntArray left) {
        this.left = left;
    }

    /** Where kernels leave receipts. */
    public IntArray left() {
        return left;
    }

    /**
     * Expects a receipt of a kernel.
     *
     * @param task its name
     * @param threads of its groups; 0 where it does not depend on them
     * @return where
     */
    public int expect(String task, int threads) {
        int at = reserve(1);
        expected.add(new Expected("kernel " + task, at, ticket -> ticket + threads));
        return at;
    }

    /**
     * Places for what a kernel reports of seals; it is expected once it is named.
     *
     * @return the first of them
     */
    public int reserve(int places) {
        if (next + places > ROOM) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "%d more receipts are wanted and there are %d of %d already",
                            places,
                            next,
                            ROOM));
        }
        next += places;
        return next - places;
    }

    /** Expects the seal of an array that is copied in every run, at a reserved place. */
    public void expectSeal(String array, int at) {
        expected.add(new Expected("the copy of " + array, at, Seals::of));
    }

    /** Expects the seal of an array that is copied once, at a reserved place. */
    public void expectSeal(String array, int at, int seal) {
        expected.add(new Expected("the copy of " + array, at, ticket -> seal));
    }

    /** Expects a kernel to report the seal of an array that is copied in every run. */
    public void expectSeal(int at) {
        expected.add(new Expected(Seals.copyOf(at), at, Seals::of));
    }

    /** Expects a kernel to report the seal of an array that is copied once. */
    public void expectSeal(int at, int seal) {
        expected.add(new Expected(Seals.copyOf(at), at, ticket -> seal));
    }

    /** Fails if the run with a ticket has not left what it must. */
    public void check(int ticket) {
        for (Expected e : expected) {
            check(e.what, left.get(e.at), e.ofTicket.applyAsInt(ticket));
        }
    }

    /** Fails if the powers of λ that a kernel used do not have this seal. */
    public static void checkDecay(int found, int seal) {
        check(Seals.copyOf(Seals.DECAY), found, seal);
    }

    /** Fails if something is not what a run must leave. */
    public static void check(String what, int found, int expected) {
        if (found != expected) {
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            "%s did not happen as asked (it left %d instead of %d); messages of"
                                    + " TornadoVM on the console may say why",
                            what,
                            found,
                            expected));
        }
    }
}
