package io.github.lightning4j.spark;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.distributed.AttentionJob;
import io.github.lightning4j.distributed.Direction;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.JobListener;
import io.github.lightning4j.distributed.JobReport;
import io.github.lightning4j.distributed.JobResults;
import io.github.lightning4j.distributed.Phase;
import io.github.lightning4j.distributed.SequencePlan;
import io.github.lightning4j.distributed.StateScan;
import io.github.lightning4j.io.ConfigText;

import org.apache.spark.HashPartitioner;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

import scala.Tuple2;
import scala.Tuple3;

import java.io.IOException;
import java.io.Serializable;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Runs jobs on Apache Spark: partitions are tasks, states go from one to the next through a
 * shuffle, and what an executor that dies has lost is computed again by lineage.
 *
 * <p>Three stages: each partition's own states, divided by groups of heads; a scan of each group
 * over all partitions; and the results of each partition, which executors write into the job's
 * folder. Its path, and that of the input, must be the same file system on the driver and all
 * executors. Each executor has one open attention, with as many threads as a task has CPUs.
 *
 * <p>Partitions whose results are in the folder are not computed again, so another run goes on
 * where one ended. Not thread-safe.
 */
public final class LightningSpark {
    private final JavaSparkContext context;
    private String device = "auto";
    private JobListener listener = JobListener.NONE;

    private LightningSpark(JavaSparkContext context) {
        this.context = context;
    }

    /**
     * On a Spark application.
     *
     * @param context its context; it belongs to the caller
     * @return what runs jobs
     */
    public static LightningSpark on(JavaSparkContext context) {
        return new LightningSpark(context);
    }

    /**
     * Chooses the device of executors.
     *
     * @param id as {@code LightningAttention.Builder.device} takes it; {@code {gpu}} in it becomes
     *     the address of the GPU that Spark gave the task, as in {@code tornado:cuda:{gpu}}
     * @return this
     */
    public LightningSpark device(String id) {
        device = id;
        return this;
    }

    /**
     * Chooses who is told of results that are there and are damaged; phases go on all at once.
     *
     * @param chosen gets {@link JobListener#damaged}
     * @return this
     */
    public LightningSpark listener(JobListener chosen) {
        listener = chosen;
        return this;
    }

    /** The states of partitions that go one way, and the clocks of its two phases. */
    private record Way(
            String folder,
            String device,
            HeadGroups groups,
            boolean back,
            PhaseClocks.Clock own,
            PhaseClocks.Clock scan)
            implements Serializable {
        /** The state of a partition, a piece for each group of heads. */
        Iterator<Tuple2<Integer, Tuple2<Integer, float[]>>> locals(int partition)
                throws IOException {
            Tensor state =
                    Executor.run(
                            folder,
                            device,
                            own,
                            (work, job) ->
                                    back
                                            ? work.localGradient(partition)
                                            : work.localState(partition));
            float[] all = state.toFloatArray();
            List<Tuple2<Integer, Tuple2<Integer, float[]>>> pieces = new ArrayList<>();
            for (int g = 0; g < groups.groups(); g++) {
                pieces.add(new Tuple2<>(g, new Tuple2<>(partition, groups.part(all, g))));
            }
            return pieces.iterator();
        }

        /** From the states of all partitions, a group of heads of those that reach each. */
        Iterator<Tuple2<Integer, Tuple2<Integer, float[]>>> scan(
                int group, Iterable<Tuple2<Integer, float[]>> locals) throws IOException {
            long begin = System.nanoTime();
            Map<Integer, float[]> byPartition = new HashMap<>();
            locals.forEach(local -> byPartition.put(local._1(), local._2()));
            List<Tuple2<Integer, Tuple2<Integer, float[]>>> reached = new ArrayList<>();
            try (JobFolder joined = JobFolder.join(Path.of(folder))) {
                AttentionJob job = joined.job();
                AttentionConfig config = job.config();
                StateScan scan =
                        new StateScan(
                                job.plan(),
                                groups.slopes(config, group),
                                config.keyDim(),
                                config.valueDim());
                StateScan.States own = p -> groups.tensor(config, group, piece(byPartition, p));
                StateScan.States ends =
                        r -> {
                            Tensor end = back ? job.finalStateGradient(r) : job.initialState(r);
                            return end == null
                                    ? null
                                    : groups.tensor(
                                            config, group, groups.part(end.toFloatArray(), group));
                        };
                StateScan.Results results =
                        (p, state) ->
                                reached.add(
                                        new Tuple2<>(p, new Tuple2<>(group, state.toFloatArray())));
                if (back) {
                    scan.gradients(own, ends, results);
                } else {
                    scan.states(own, ends, results);
                }
            }
            scan.add(System.nanoTime() - begin, Optional.empty());
            return reached.iterator();
        }

        private static float[] piece(Map<Integer, float[]> pieces, int partition) {
            float[] piece = pieces.get(partition);
            if (piece == null) {
                throw new IllegalStateException("partition " + partition + " gave no state");
            }
            return piece;
        }

        /** The state that reaches a partition; null where none does. */
        @Nullable Tensor whole(AttentionConfig config, Iterable<Tuple2<Integer, float[]>> pieces) {
            Tensor state = null;
            for (Tuple2<Integer, float[]> piece : pieces) {
                state = state == null ? HeadGroups.zeros(config) : state;
                groups.put(state, piece._1(), piece._2());
            }
            return state;
        }
    }

    /**
     * Computes what is missing.
     *
     * @param folder of the job, opened by the driver
     * @return what this run did
     * @throws IOException if a file cannot be read or written, by the driver or, again and again,
     *     by executors
     * @throws BackendException if executors cannot compute it, such as those of an older Java
     * @throws InterruptedException if this thread is interrupted; what is done stays, and Spark is
     *     told to cancel the rest
     */
    public SparkReport run(JobFolder folder) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        AttentionJob job = folder.job();
        SequencePlan plan = job.plan();
        boolean backward = job.direction() == Direction.BACKWARD;
        List<Tuple2<Integer, Integer>> missing = new ArrayList<>();
        long tokens = 0;
        boolean reached = false;
        for (int p : missing(folder)) {
            missing.add(new Tuple2<>(p, p));
            tokens += plan.to(p) - plan.from(p);
            reached |= plan.comesIn(p) || (backward && plan.goesOn(p));
        }
        PhaseClocks clocks = new PhaseClocks(context.sc());
        Map<Phase, Duration> times = Map.of();
        long carried = 0;
        if (!missing.isEmpty()) {
            times = compute(folder, missing, reached, clocks);
            for (int p = 0; reached && p < plan.partitions(); p++) {
                carried += plan.goesOn(p) ? (backward ? 4 : 2) : 0;
            }
        }
        return new SparkReport(
                new JobReport(
                        plan.partitions(),
                        missing.size(),
                        tokens,
                        carried * job.stateBytes(),
                        Duration.ofNanos(System.nanoTime() - begin),
                        times,
                        clocks.kernelTimes()),
                clocks.taskTimes(),
                clocks.notices());
    }

    private List<Integer> missing(JobFolder folder) throws IOException, InterruptedException {
        try {
            return folder.missing(listener);
        } catch (ClosedByInterruptException e) {
            throw SparkFailure.interrupted(e);
        }
    }

    private Map<Phase, Duration> compute(
            JobFolder folder,
            List<Tuple2<Integer, Integer>> missing,
            boolean reached,
            PhaseClocks clocks)
            throws IOException, InterruptedException {
        SequencePlan plan = folder.job().plan();
        String path = folder.path().toAbsolutePath().toString();
        HeadGroups groups = HeadGroups.of(folder.job().config(), context.defaultParallelism());
        Way states =
                new Way(
                        path,
                        device,
                        groups,
                        false,
                        clocks.of(Phase.STATES),
                        clocks.of(Phase.STATE_SCAN));
        Way gradients =
                new Way(
                        path,
                        device,
                        groups,
                        true,
                        clocks.of(Phase.GRADIENTS),
                        clocks.of(Phase.GRADIENT_SCAN));
        boolean backward = folder.job().direction() == Direction.BACKWARD;
        Partitioner each = new HashPartitioner(missing.size());
        StageTimes times = new StageTimes();
        context.sc().addSparkListener(times);
        try {
            CancelledAction.await(
                    context,
                    () ->
                            compute(
                                    context.parallelizePairs(missing, missing.size()),
                                    reached ? reaching(plan, states, each, times) : none(),
                                    reached && backward
                                            ? reaching(plan, gradients, each, times)
                                            : none(),
                                    states,
                                    clocks.of(Phase.PARTS),
                                    each,
                                    times));
            return times.times();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) { // SparkException is one, which Scala does not declare
            throw SparkFailure.of(e);
        } finally {
            context.sc().removeSparkListener(times);
        }
    }

    /**
     * The final states of all sequences, computed where they are missing: of a job of {@link
     * Direction#FINAL_STATES}, or of a forward pass that has them too.
     *
     * @param folder of the job, opened by the driver; tasks read its parts when the data set is
     *     used
     * @return H·D·E floats by sequence, [H, D, E] row-major
     * @throws IOException as {@link #run}
     * @throws InterruptedException as {@link #run}
     * @throws IllegalArgumentException if the job has no final states
     */
    public JavaPairRDD<Integer, float[]> finalStates(JobFolder folder)
            throws IOException, InterruptedException {
        AttentionJob job = folder.job();
        if (!job.states() || job.direction() == Direction.BACKWARD) {
            throw new IllegalArgumentException("folder is of " + job + "; it has no final states");
        }
        SparkReport _ = run(folder);
        String path = folder.path().toAbsolutePath().toString();
        List<Integer> partitions = IntStream.range(0, job.plan().partitions()).boxed().toList();
        return context.parallelize(partitions, partitions.size())
                .flatMapToPair(partition -> {
                    List<Tuple2<Integer, float[]>> states = new ArrayList<>();
                    try (JobFolder joined = JobFolder.join(Path.of(path))) {
                        new JobResults(joined)
                                .states(partition)
                                .forEach((sequence, state) ->
                                        states.add(new Tuple2<>(sequence, state.toFloatArray())));
                    }
                    return states.iterator();
                });
    }

    /**
     * Computes something from each element of a data set, such as the states of documents or the
     * outputs of many short sequences, with one open attention on each executor.
     *
     * @param data what it is computed from
     * @param config of the attention
     * @param pass is given the attention and an element
     * @param <T> what elements are
     * @param <R> what comes out
     * @return what comes out, computed when it is used
     */
    public <T, R> JavaRDD<R> map(JavaRDD<T> data, AttentionConfig config, Pass<T, R> pass) {
        String text = ConfigText.print(config);
        String id = device;
        return data.map(
                element -> Executor.attend(text, id, attention -> pass.of(attention, element)));
    }

    private JavaPairRDD<Integer, Tuple2<Integer, float[]>> none() {
        return context.parallelizePairs(List.of(), 1);
    }

    /** The states, or gradients of states, that reach partitions, in pieces. */
    private JavaPairRDD<Integer, Tuple2<Integer, float[]>> reaching(
            SequencePlan plan, Way way, Partitioner each, StageTimes times) {
        List<Integer> giving = new ArrayList<>();
        for (int p = 0; p < plan.partitions(); p++) {
            if (way.back ? plan.comesIn(p) : plan.goesOn(p)) {
                giving.add(p);
            }
        }
        JavaPairRDD<Integer, Tuple2<Integer, float[]>> own =
                context.parallelize(giving, giving.size()).flatMapToPair(way::locals);
        JavaPairRDD<Integer, Tuple2<Integer, float[]>> scanned =
                own.groupByKey(way.groups.groups())
                        .flatMapToPair(pieces -> way.scan(pieces._1(), pieces._2()));
        times.of(way.back ? Phase.GRADIENTS : Phase.STATES, own.rdd());
        times.of(way.back ? Phase.GRADIENT_SCAN : Phase.STATE_SCAN, scanned.rdd());
        return scanned.partitionBy(each);
    }

    private static JavaFutureAction<Void> compute(
            JavaPairRDD<Integer, Integer> missing,
            JavaPairRDD<Integer, Tuple2<Integer, float[]>> incoming,
            JavaPairRDD<Integer, Tuple2<Integer, float[]>> outgoing,
            Way way,
            PhaseClocks.Clock clock,
            Partitioner each,
            StageTimes times) {
        JavaPairRDD<
                        Integer,
                        Tuple3<
                                Iterable<Integer>,
                                Iterable<Tuple2<Integer, float[]>>,
                                Iterable<Tuple2<Integer, float[]>>>>
                together = missing.cogroup(incoming, outgoing, each);
        times.of(Phase.PARTS, together.rdd());
        return together.foreachAsync(found -> {
            if (!found._2()._1().iterator().hasNext()) {
                return; // its results are there
            }
            int partition = found._1();
            Executor.run(
                    way.folder,
                    way.device,
                    clock,
                    (work, job) -> {
                        AttentionConfig config = job.job().config();
                        work.part(
                                partition,
                                way.whole(config, found._2()._2()),
                                way.whole(config, found._2()._3()),
                                job.part(partition));
                        return true;
                    });
        });
    }
}
