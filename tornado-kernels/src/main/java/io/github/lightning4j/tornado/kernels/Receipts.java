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
 * and replaces a grid that it does not like with only a warning; a receipt that is missing or tells
 * of another group size turns either into an error.
 *
 * <p>Who adds a task to a graph says here what it will leave and hears where. The {@linkplain Seals
 * seals} of what was copied, which kernels report too, have fixed places.
 */
public final class Receipts {
    /** Ints in a list of receipts. */
    public static final int ROOM = 32;

    private final IntArray left;
    private final List<Expected> expected = new ArrayList<>();
    private int next = Seals.PLACES;

    private record Expected(String what, int at, IntUnaryOperator ofTicket) {}

    /**
     * None expected yet.
     *
     * @param left where kernels leave them, of {@link #ROOM} ints
     */
    public Receipts(IntArray left) {
        this.left = left;
    }

    /** Where kernels leave them. */
    public IntArray left() {
        return left;
    }

    /**
     * A kernel will leave one.
     *
     * @param task its name
     * @param threads of its groups; 0 where it does not depend on them
     * @return where
     */
    public int expect(String task, int threads) {
        if (next == ROOM) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "there are %d receipts already", ROOM));
        }
        expected.add(new Expected("kernel " + task, next, ticket -> ticket + threads));
        return next++;
    }

    /** A kernel will report the seal of what is copied in every run. */
    public void expectSeal(int at) {
        expected.add(new Expected(Seals.copyOf(at), at, Seals::of));
    }

    /** A kernel will report the seal of what is copied once. */
    public void expectSeal(int at, int seal) {
        expected.add(new Expected(Seals.copyOf(at), at, ticket -> seal));
    }

    /** Fails where the run with a ticket has not left what it had to. */
    public void check(int ticket) {
        for (Expected e : expected) {
            check(e.what, left.get(e.at), e.ofTicket.applyAsInt(ticket));
        }
    }

    /** Fails where the powers of λ that a kernel used have not this seal. */
    public static void checkDecay(int found, int seal) {
        check(Seals.copyOf(Seals.DECAY), found, seal);
    }

    /** Fails where something is not what a run had to leave. */
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
