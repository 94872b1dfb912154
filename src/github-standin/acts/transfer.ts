/** Issues that leave: into another repository, or for good. */
import { Problem } from '../problem.js';
import { showIssue } from '../present/item.js';
import { apiUrl, showRepository } from '../present/repository.js';
import type { Item, Repository } from '../state.js';
import { addLabels, record, type Scene, tellItem } from './items.js';

/** Its old number leads to the new place from then on. */
export function transferIssue(
  scene: Scene,
  item: Item,
  target: Repository,
  createsLabels: boolean,
): Item {
  const { world, repository } = scene;
  if (item.pull !== null) throw new Problem(422, 'Pull requests cannot be transferred');
  if (target === repository) throw new Problem(422, 'Issue is already in this repository');
  const there: Scene = { ...scene, repository: target };
  const kept = item.labels.filter((name) => createsLabels || target.labels.has(name.toLowerCase()));
  const moved: Item = {
    ...item,
    ...{ number: target.nextNumber, labels: [], milestone: null, events: [...item.events] },
    updatedAtMs: world.clock.now(),
  };
  target.nextNumber += 1;
  target.items.set(moved.number, moved);
  addLabels(there, moved, kept);
  record(there, moved, 'transferred');
  const movedTo = `${apiUrl(world, target)}/issues/${moved.number}`;
  repository.items.delete(item.number);
  repository.gone.set(item.number, { movedTo });
  tellItem(scene, item, 'transferred', {
    changes: {
      new_issue: showIssue(world, target, moved),
      new_repository: showRepository(world, target),
    },
  });
  tellItem(there, moved, 'opened', {
    changes: {
      old_issue: showIssue(world, repository, item),
      old_repository: showRepository(world, repository),
    },
  });
  return moved;
}

export function deleteIssue(scene: Scene, item: Item): void {
  const { repository } = scene;
  repository.items.delete(item.number);
  repository.gone.set(item.number, { movedTo: null });
  tellItem(scene, item, 'deleted');
}
