/** Divides tasks among processes that run the same script as lanes. */
import { fork } from 'node:child_process';

/** The script forks itself with this; what a lane is sent, it answers. */
export const laneArgument = '--lane';

/** In a lane: answers each task it is sent, until the other side hangs up. */
export function serveLane<Task, Result>(work: (task: Task) => Result): void {
  process.on('message', (task) => process.send?.(work(task as Task)));
  process.on('disconnect', () => process.exit(0));
}

/** Results in the order of the tasks; an error in a lane ends all. */
export async function runInLanes<Task, Result>(
  script: string,
  tasks: readonly Task[],
  lanes: number,
  onResult: (result: Result, index: number) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const runLane = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const lane = fork(script, [laneArgument], { execArgv: ['--import', 'tsx'] });
      let index = -1;
      const give = (): void => {
        index = next++;
        const task = tasks[index];
        if (task === undefined) lane.disconnect();
        else lane.send(task as object);
      };
      lane.on('message', (result) => {
        results[index] = result as Result;
        onResult(result as Result, index);
        give();
      });
      lane.on('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`a lane ended with ${code} at ${JSON.stringify(tasks[index])}`));
      });
      give();
    });
  await Promise.all(Array.from({ length: Math.min(lanes, tasks.length) }, runLane));
  return results;
}
