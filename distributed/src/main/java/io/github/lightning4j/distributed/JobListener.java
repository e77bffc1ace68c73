package io.github.lightning4j.distributed;

/** What is told while a job runs, by the thread that runs it. */
public interface JobListener {
    /** Listens to nothing. */
    JobListener NONE = new JobListener() {};

    /**
     * The results of a partition are there, but are not as they were written, or are of another
     * job. They are computed again.
     *
     * @param partition which
     * @param reason why, as one line
     */
    default void damaged(int partition, String reason) {}

    /**
     * A phase begins.
     *
     * @param phase which
     * @param partitions how many it has left to do
     */
    default void begins(Phase phase, int partitions) {}

    /**
     * A phase is done with a partition.
     *
     * @param phase which
     * @param partition which
     */
    default void done(Phase phase, int partition) {}

    /**
     * A phase failed with a partition, which is tried again.
     *
     * @param phase which
     * @param partition which
     * @param reason why, as one line
     */
    default void failed(Phase phase, int partition, String reason) {}
}
