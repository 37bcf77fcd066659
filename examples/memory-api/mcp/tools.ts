import { tellChange, tellSearch } from '../business-log.ts';
import { NotYoursError } from '../errors.ts';
import { createInput, listInput, oneMemoryInput, searchInput, updateInput } from './inputs.ts';
import { deletedOutput, foundOutput, memoryOutput, pageOutput } from './outputs.ts';
import { defineTool, type Tool } from './tool.ts';

/** Nothing beyond the memories is touched. */
const readOnly = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;
const adds = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
} as const;
/** What was there before is gone; doing it again changes nothing more. */
const overwrites = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
} as const;

const createMemory = defineTool({
  name: 'create_memory',
  title: 'Create a memory',
  description: 'Stores a new memory of a user and gives it back with its id.',
  annotations: adds,
  input: createInput,
  output: memoryOutput,
  async run(operations, input, log) {
    const data = await operations.create(input);
    tellChange(log, 'created', data);
    return { data };
  },
});

const getMemory = defineTool({
  name: 'get_memory',
  title: 'Get a memory',
  description: 'Gives the memory with this id.',
  annotations: readOnly,
  input: oneMemoryInput,
  output: memoryOutput,
  async run(operations, { id, user_id }) {
    const data = await operations.read(id, user_id);
    // Looked at here as well, so that no way of reading can forget it.
    if (user_id !== undefined && data.user_id !== user_id) throw new NotYoursError(`memory ${id}`);
    return { data };
  },
});

const listMemories = defineTool({
  name: 'list_memories',
  title: 'List memories',
  description: "Gives a page of a user's memories, of all kinds or of one, the newest first.",
  annotations: readOnly,
  input: listInput,
  output: pageOutput,
  run: (operations, { user_id, page, limit, kind }) => operations.list(user_id, page, limit, kind),
});

const updateMemory = defineTool({
  name: 'update_memory',
  title: 'Update a memory',
  description: 'Changes the kind, the content or the metadata of a memory; what is not given stays as it is.',
  annotations: overwrites,
  input: updateInput,
  output: memoryOutput,
  async run(operations, { id, user_id, ...changes }, log) {
    const memory = await operations.read(id, user_id);
    const data = await operations.update(id, memory.user_id, changes);
    tellChange(log, 'updated', data);
    return { data };
  },
});

const deleteMemory = defineTool({
  name: 'delete_memory',
  title: 'Delete a memory',
  description: 'Deletes the memory with this id for good.',
  annotations: overwrites,
  input: oneMemoryInput,
  output: deletedOutput,
  async run(operations, { id, user_id }, log) {
    const memory = await operations.read(id, user_id);
    await operations.delete(id, memory.user_id);
    tellChange(log, 'deleted', memory);
    return { data: { id, deleted: true as const } };
  },
});

const searchMemories = defineTool({
  name: 'search_memories',
  title: 'Search memories',
  description: "Finds the user's own memories that are nearest in meaning to a text, best first.",
  annotations: readOnly,
  input: searchInput,
  output: foundOutput,
  async run(operations, { user_id, query, limit, require_meaning }, log) {
    const found = await operations.search(user_id, query, limit, require_meaning);
    tellSearch(log, user_id, found);
    return { data: found.memories, degraded: found.degraded };
  },
});

/** The operations of the HTTP API, each as a tool. */
export const tools: readonly Tool[] = [
  createMemory,
  getMemory,
  listMemories,
  updateMemory,
  deleteMemory,
  searchMemories,
];
