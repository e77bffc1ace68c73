package io.github.lightning4j.serving;

import java.util.List;

/** Tells several, one after another. As thread-safe as they are. */
public final class AllMetrics implements ServiceMetrics {
    private final List<ServiceMetrics> all;

    /**
     * Of several.
     *
     * @param all who is told
     */
    public AllMetrics(ServiceMetrics... all) {
        this.all = List.of(all);
    }

    @Override
    public void batch(int layer, int calls, long tokens, long deviceNanos) {
        all.forEach(each -> each.batch(layer, calls, tokens, deviceNanos));
    }

    @Override
    public void waited(long tokens, long nanos) {
        all.forEach(each -> each.waited(tokens, nanos));
    }

    @Override
    public void rejected(RejectedException.Reason reason) {
        all.forEach(each -> each.rejected(reason));
    }

    @Override
    public void ended(AppendEndedException.Reason reason) {
        all.forEach(each -> each.ended(reason));
    }

    @Override
    public void failed(int lost) {
        all.forEach(each -> each.failed(lost));
    }

    @Override
    public void parked(long bytes) {
        all.forEach(each -> each.parked(bytes));
    }

    @Override
    public void resumed(long bytes) {
        all.forEach(each -> each.resumed(bytes));
    }

    @Override
    public void spilled(long bytes) {
        all.forEach(each -> each.spilled(bytes));
    }

    @Override
    public void fetched(long bytes) {
        all.forEach(each -> each.fetched(bytes));
    }

    @Override
    public void spillFailed(long bytes) {
        all.forEach(each -> each.spillFailed(bytes));
    }

    @Override
    public void looked(long tokens, long of) {
        all.forEach(each -> each.looked(tokens, of));
    }

    @Override
    public void stored(Tier tier, long bytes) {
        all.forEach(each -> each.stored(tier, bytes));
    }

    @Override
    public void evicted(Tier tier, long bytes) {
        all.forEach(each -> each.evicted(tier, bytes));
    }

    @Override
    public void writeFailed(long bytes) {
        all.forEach(each -> each.writeFailed(bytes));
    }
}
