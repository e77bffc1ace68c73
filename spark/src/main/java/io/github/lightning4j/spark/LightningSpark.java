package io.github.lightning4j.spark;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.distributed.AttentionJob;
import io.github.lightning4j.distributed.Direction;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.SequencePlan;
import io.github.lightning4j.distributed.StateScan;

import org.apache.spark.HashPartitioner;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

import scala.Tuple2;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

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

    /** The states of a partition that go one way: whether it gives one, and which. */
    private record Way(String folder, String device, HeadGroups groups, boolean back)
            implements Serializable {
        /** The state of a partition, a piece for each group of heads. */
        Iterator<Tuple2<Integer, Tuple2<Integer, float[]>>> locals(int partition)
                throws IOException {
            Tensor state =
                    Executor.run(
                            folder,
                            device,
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
     * @throws IOException if the folder cannot be read
     */
    public SparkReport run(JobFolder folder) throws IOException {
        long begin = System.nanoTime();
        AttentionJob job = folder.job();
        SequencePlan plan = job.plan();
        boolean backward = job.direction() == Direction.BACKWARD;
        List<Tuple2<Integer, Integer>> missing = new ArrayList<>();
        long tokens = 0;
        boolean reached = false;
        for (int p = 0; p < plan.partitions(); p++) {
            if (!folder.hasPart(p)) {
                missing.add(new Tuple2<>(p, p));
                tokens += plan.to(p) - plan.from(p);
                reached |= plan.comesIn(p) || (backward && plan.goesOn(p));
            }
        }
        long carried = 0;
        if (!missing.isEmpty()) {
            String path = folder.path().toAbsolutePath().toString();
            HeadGroups groups = HeadGroups.of(job.config(), context.defaultParallelism());
            Way states = new Way(path, device, groups, false);
            Way gradients = new Way(path, device, groups, true);
            Partitioner each = new HashPartitioner(missing.size());
            compute(
                    context.parallelizePairs(missing, missing.size()),
                    reached ? reaching(plan, states, each) : none(),
                    reached && backward ? reaching(plan, gradients, each) : none(),
                    states,
                    each);
            for (int p = 0; reached && p < plan.partitions(); p++) {
                carried += plan.goesOn(p) ? (backward ? 4 : 2) : 0;
            }
        }
        return new SparkReport(
                plan.partitions(),
                missing.size(),
                tokens,
                carried * job.stateBytes(),
                Duration.ofNanos(System.nanoTime() - begin));
    }

    private JavaPairRDD<Integer, Tuple2<Integer, float[]>> none() {
        return context.parallelizePairs(List.of(), 1);
    }

    /** The states, or gradients of states, that reach partitions, in pieces. */
    private JavaPairRDD<Integer, Tuple2<Integer, float[]>> reaching(
            SequencePlan plan, Way way, Partitioner each) {
        List<Integer> giving = new ArrayList<>();
        for (int p = 0; p < plan.partitions(); p++) {
            if (way.back ? plan.comesIn(p) : plan.goesOn(p)) {
                giving.add(p);
            }
        }
        return context.parallelize(giving, giving.size())
                .flatMapToPair(way::locals)
                .groupByKey(way.groups.groups())
                .flatMapToPair(pieces -> way.scan(pieces._1(), pieces._2()))
                .partitionBy(each);
    }

    private static void compute(
            JavaPairRDD<Integer, Integer> missing,
            JavaPairRDD<Integer, Tuple2<Integer, float[]>> incoming,
            JavaPairRDD<Integer, Tuple2<Integer, float[]>> outgoing,
            Way way,
            Partitioner each) {
        missing.cogroup(incoming, outgoing, each)
                .foreach(found -> {
                    if (!found._2()._1().iterator().hasNext()) {
                        return; // its results are there
                    }
                    int partition = found._1();
                    Executor.run(
                            way.folder,
                            way.device,
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
