package io.github.lightning4j.distributed;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The gates that partitioned passes must hold reject passes whose scan is wrong. */
class PlantedBugTest {
    private static final long TOKENS = 128;

    @TempDir private Path folder;

    /** What is wrong with a scan. */
    enum Bug {
        /** Nothing: the same steps by hand pass. */
        NONE,
        /** Carried states do not decay by the length of a partition. */
        UNDECAYED,
        /** A partition gets the state behind it, or the gradient before it: its own is in it. */
        INCLUSIVE,
        /** All partitions decay by the length of a full one, also those of another length. */
        FULL_LENGTH,
        /** The state at the end that the caller gave is forgotten. */
        WITHOUT_ENDS,
        /** Sequences of a batch are taken for one. */
        UNSEGMENTED
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, FORWARD", "NONE, BACKWARD",
        "UNDECAYED, FORWARD", "UNDECAYED, BACKWARD",
        "INCLUSIVE, FORWARD", "INCLUSIVE, BACKWARD",
        "FULL_LENGTH, FORWARD", "FULL_LENGTH, BACKWARD",
        "WITHOUT_ENDS, FORWARD", "WITHOUT_ENDS, BACKWARD",
        "UNSEGMENTED, FORWARD", "UNSEGMENTED, BACKWARD"
    })
    void onlyTheRightScanPasses(Bug bug, Direction direction) throws Exception {
        Fixture fixture = Fixture.of(Layout.TOKENS_FIRST, DType.F32, 2, 400);
        Path target = folder.resolve("results");
        try (TensorFile file = TensorFile.map(fixture.write(folder));
                LightningAttention attention = fixture.open();
                JobFolder job =
                        JobFolder.open(
                                folder.resolve("job"),
                                AttentionJob.of(fixture.config, direction, true, file, TOKENS));
                PartitionWork work = new PartitionWork(job.job(), attention)) {
            compute(job, work, bug);
            ResultFile.assemble(job, target);
        }
        double worst = fixture.worst(target, direction);
        assertTrue(bug == Bug.NONE == (worst <= 1), () -> bug + " is at " + worst);
    }

    private static void compute(JobFolder folder, PartitionWork work, Bug bug) throws IOException {
        AttentionJob job = folder.job();
        SequencePlan plan = job.plan();
        List<Tensor> locals = new ArrayList<>();
        List<Tensor> localGradients = new ArrayList<>();
        boolean backward = job.direction() == Direction.BACKWARD;
        for (int p = 0; p < plan.partitions(); p++) {
            locals.add(plan.goesOn(p) ? work.localState(p) : zeros());
            localGradients.add(backward && plan.comesIn(p) ? work.localGradient(p) : zeros());
        }
        Map<Integer, Tensor> incoming = new HashMap<>();
        scan(plan, bug).states(locals::get, r -> end(job, "initial_state", r, bug), incoming::put);
        Map<Integer, Tensor> outgoing = new HashMap<>();
        if (backward) {
            scan(plan, bug)
                    .gradients(
                            localGradients::get,
                            r -> end(job, "dfinal_state", r, bug),
                            outgoing::put);
        }
        boolean inclusive = bug == Bug.INCLUSIVE;
        for (int p = 0; p < plan.partitions(); p++) {
            Tensor before = incoming.get(p);
            Tensor behind = outgoing.get(p);
            if (before != null && inclusive && !backward) {
                before = incoming.getOrDefault(p + 1, before);
            }
            if (behind != null && inclusive) {
                behind = outgoing.getOrDefault(p - 1, behind);
            }
            // What a scan of one sequence finds for partitions that no sequence comes into.
            Tensor given = before == null && bug == Bug.UNSEGMENTED ? zeros() : before;
            work.part(p, given, behind, folder.part(p));
        }
    }

    private static StateScan scan(SequencePlan plan, Bug bug) {
        float[] slopes = bug == Bug.UNDECAYED ? new float[Fixture.HEADS] : Fixture.SLOPES;
        SequencePlan scanned =
                switch (bug) {
                    case FULL_LENGTH ->
                            SequencePlan.of(
                                    1, Math.ceilDiv(plan.totalTokens(), TOKENS) * TOKENS, TOKENS);
                    case UNSEGMENTED -> SequencePlan.of(1, plan.totalTokens(), TOKENS);
                    default -> plan;
                };
        return new StateScan(scanned, slopes, Fixture.KEY_DIM, Fixture.VALUE_DIM);
    }

    private static Tensor zeros() {
        return Tensor.allocate(DType.F32, 1, Fixture.HEADS, Fixture.KEY_DIM, Fixture.VALUE_DIM);
    }

    private static Tensor end(AttentionJob job, String name, int sequence, Bug bug)
            throws IOException {
        Tensor state = zeros();
        TensorSource source = job.source(name);
        if (bug != Bug.WITHOUT_ENDS) {
            source.read(sequence * state.size(), state.segment());
        }
        return state;
    }
}
