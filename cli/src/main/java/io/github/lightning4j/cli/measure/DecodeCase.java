package io.github.lightning4j.cli.measure;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.TokenRing;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.RelativeError;

import java.lang.foreign.Arena;
import java.util.List;

/** A token for each sequence, appended to a session that lives as long as the case. */
final class DecodeCase implements BenchCase {
    private static final long SEED = 1;

    /**
     * Steps that are compared with the definition: enough for any device to fold what it defers.
     */
    private static final int CHECKED_STEPS = 80;

    private final Arena arena = Arena.ofShared();
    private final LightningAttention attention;
    private final Problem problem;
    private final AttentionSession session;
    private final TokenRing ring;

    /** Takes sequences, dimensions and dtype from a problem. */
    DecodeCase(LightningAttention attention, Problem problem) {
        this.attention = attention;
        this.problem = problem;
        session = attention.openSession(problem.sequences());
        ring = ring(arena);
    }

    private TokenRing ring(Arena home) {
        DType dtype = problem.inputs().q().dtype();
        return new TokenRing(home, problem.config(), dtype, problem.sequences(), 1, SEED);
    }

    @Override
    public void run() {
        ring.append(session);
    }

    /** Decodes anew, because what the timed session has seen is too long for the definition. */
    @Override
    public List<Check> checks() {
        AttentionConfig config = problem.config();
        int r = problem.sequences() - 1;
        int h = config.heads() - 1;
        double[][] q = new double[CHECKED_STEPS][];
        double[][] k = new double[CHECKED_STEPS][];
        double[][] v = new double[CHECKED_STEPS][];
        double[][] o = new double[CHECKED_STEPS][];
        try (Arena home = Arena.ofShared();
                AttentionSession fresh = attention.openSession(problem.sequences())) {
            TokenRing tokens = ring(home);
            for (int t = 0; t < CHECKED_STEPS; t++) {
                AttentionInputs inputs = tokens.peek();
                tokens.append(fresh);
                Head token = Head.of(config, inputs, r, h);
                q[t] = token.q()[0];
                k[t] = token.k()[0];
                v[t] = token.v()[0];
                o[t] =
                        ReferenceAttention.rows(
                                config, inputs, tokens.output(), r, h, config.valueDim())[0];
            }
        }
        double[][] zeros = new double[config.keyDim()][config.valueDim()];
        Head head = new Head(q, k, v, zeros, config.slopes()[h], config.scale());
        RelativeError error = new RelativeError();
        error.add(o, ReferenceAttention.tokenByToken(head).output());
        return List.of(
                Check.of(
                        "output",
                        "1 of %s heads, %s steps"
                                .formatted(problem.sequences() * config.heads(), CHECKED_STEPS),
                        error,
                        Gate.of(problem.inputs().q().dtype()).output(CHECKED_STEPS)));
    }

    @Override
    public void close() {
        session.close();
        arena.close();
    }
}
